#if VIDEO_USES_FFMPEG
  import CFFmpeg
  import Preprocessing

  /// Turns decoded pictures of any pixel format and size into RGB frames of one size.
  final class FrameConverter {
    private let path: String
    private let width: Int, height: Int
    private let orientation: Orientation
    private var scaler: OpaquePointer?
    private var picture: UnsafeMutablePointer<AVFrame>?

    /// A converter to stored pictures of `width` × `height` pixels, shown under an orientation.
    init(path: String, width: Int, height: Int, orientation: Orientation) throws {
      self.path = path
      self.width = width
      self.height = height
      self.orientation = orientation
      picture = try PaddedPicture.make(AV_PIX_FMT_RGB24, width: width, height: height, path: path)
    }

    deinit {
      sws_freeContext(scaler)
      av_frame_free(&picture)
    }

    /// The picture as people see it.
    func frame(from source: UnsafeMutablePointer<AVFrame>, timestamp: Double) throws -> Frame {
      let input = source.pointee
      // Bilinear and no colour matrix of the stream's own: PyAV's `to_rgb`.
      scaler = sws_getCachedContext(
        scaler, input.width, input.height, AVPixelFormat(input.format), Int32(width), Int32(height), AV_PIX_FMT_RGB24,
        SWS_BILINEAR, nil, nil, nil)
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
  }
#endif
