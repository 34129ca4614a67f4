#if VIDEO_USES_FFMPEG
  import CFFmpeg
  import Preprocessing

  /// Converts decoded pictures of any pixel format and size to RGB frames of one size: that of the video, or another one.
  final class FrameConverter {
    private let path: String
    private let width: Int, height: Int
    private let orientation: Orientation
    /// swscale's filter: bilinear for pictures of the video's own size, where it concerns colors alone.
    private let filter: Int32
    private var scaler: OpaquePointer?
    private var source: Source?
    private var picture: UnsafeMutablePointer<AVFrame>?

    /// The properties that a scaler is made for.
    private struct Source: Equatable {
      let width: Int32, height: Int32
      let format: Int32
      let range: UInt32, matrix: UInt32
    }

    /// Creates a converter for stored pictures of `width` × `height` pixels, shown with an orientation.
    ///
    /// - Parameter size: The size of frames as they are shown; nil for that of the pictures.
    init(path: String, width: Int, height: Int, scaledTo size: FrameSize?, orientation: Orientation) throws {
      self.path = path
      let stored = size.map { orientation.swapsSides ? FrameSize(width: $0.height, height: $0.width) : $0 }
      filter = size == nil ? SWS_BILINEAR : SWS_BICUBIC
      (self.width, self.height) = (stored?.width ?? width, stored?.height ?? height)
      self.orientation = orientation
      picture = try PaddedPicture.make(AV_PIX_FMT_RGB24, width: self.width, height: self.height, path: path)
    }

    deinit {
      sws_freeContext(scaler)
      av_frame_free(&picture)
    }

    /// Returns the picture as it is shown.
    func frame(from source: UnsafeMutablePointer<AVFrame>, timestamp: Double) throws -> Frame {
      let input = source.pointee
      try prepare(
        Source(
          width: input.width, height: input.height, format: input.format, range: input.color_range.rawValue,
          matrix: input.colorspace.rawValue))
      guard let scaler, let picture else {
        throw VideoError.damaged(path: path, seconds: timestamp, reason: "a frame has a pixel format without colours")
      }
      let code = sws_scale_frame(scaler, picture, source)
      guard code >= 0, let rows = picture.pointee.data.0 else {
        throw VideoError.damaged(path: path, seconds: timestamp, reason: FFmpegLibrary.message(code))
      }
      let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
        guard let target = buffer.baseAddress else { return }
        orientation.copy(
          from: rows, width: width, height: height, stride: Int(picture.pointee.linesize.0), to: target)
        count = width * height * 3
      }
      return try Frame(
        width: orientation.swapsSides ? height : width, height: orientation.swapsSides ? width : height,
        pixels: pixels, timestamp: timestamp)
    }

    /// Creates the scaler for pictures with the given properties.
    ///
    /// Colors are converted as FFmpeg's own command does: by the range and the matrix that the picture is
    /// tagged with; without tags by BT.601 and, except for JPEG's pixel formats, with limited range.
    private func prepare(_ source: Source) throws {
      guard source != self.source else { return }
      sws_freeContext(scaler)
      self.source = source
      scaler = sws_getContext(
        source.width, source.height, AVPixelFormat(source.format), Int32(width), Int32(height), AV_PIX_FMT_RGB24,
        filter, nil, nil, nil)
      var inverse: UnsafeMutablePointer<Int32>?, table: UnsafeMutablePointer<Int32>?
      var (sourceRange, targetRange, brightness, contrast, saturation): (Int32, Int32, Int32, Int32, Int32) = (
        0, 0, 0, 0, 0
      )
      guard let scaler,
        sws_getColorspaceDetails(
          scaler, &inverse, &sourceRange, &table, &targetRange, &brightness, &contrast, &saturation) >= 0
      else { return }
      if source.range != AVCOL_RANGE_UNSPECIFIED.rawValue {
        sourceRange = source.range == AVCOL_RANGE_JPEG.rawValue ? 1 : 0
      }
      // Matrices without coefficients of their own get those of BT.601.
      let isKnown = source.matrix != AVCOL_SPC_RGB.rawValue
      let coefficients = isKnown ? sws_getCoefficients(Int32(source.matrix)) : UnsafePointer(inverse)
      sws_setColorspaceDetails(
        scaler, coefficients, sourceRange, table, targetRange, brightness, contrast, saturation)
    }
  }
#endif
