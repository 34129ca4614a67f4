#if VIDEO_USES_FFMPEG
  import CFFmpeg
  import Preprocessing

  extension Frame {
    /// Returns the picture in another size, scaled by the filter of ``VideoReader``.
    ///
    /// - Throws: ``VideoError/unsupportedSize(path:width:height:)`` for a size that cannot be made.
    public func scaled(to size: FrameSize) throws -> Frame {
      if size == FrameSize(width: width, height: height) { return self }
      guard Demuxer.isSupportedSize(width: size.width, height: size.height) else {
        throw VideoError.unsupportedSize(path: "a picture", width: size.width, height: size.height)
      }
      let converter = try FrameConverter(
        path: "a picture", width: width, height: height, scaledTo: size, orientation: .identity)
      var picture: UnsafeMutablePointer<AVFrame>? = try PaddedPicture.make(
        AV_PIX_FMT_RGB24, width: width, height: height, path: "a picture")
      defer { av_frame_free(&picture) }
      guard let picture else { throw VideoError.outOfMemory(path: "a picture") }
      PaddedPicture.copy(self, to: picture)
      return try converter.frame(from: picture, timestamp: timestamp)
    }
  }
#endif
