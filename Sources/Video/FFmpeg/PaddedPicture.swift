#if VIDEO_USES_FFMPEG
  import CFFmpeg
  import Preprocessing

  /// Pictures in FFmpeg's own memory. Its loops read and write whole vectors, past a row's end, so rows are aligned and
  /// padded, and nothing in them is undefined.
  enum PaddedPicture {
    /// A black picture (of RGB), which `av_frame_free` frees.
    ///
    /// - Throws: ``VideoError/outOfMemory(path:)``.
    static func make(
      _ format: AVPixelFormat, width: Int, height: Int, path: String
    ) throws -> UnsafeMutablePointer<AVFrame> {
      var frame = av_frame_alloc()
      guard let picture = frame else { throw VideoError.outOfMemory(path: path) }
      picture.pointee.format = format.rawValue
      picture.pointee.width = Int32(width)
      picture.pointee.height = Int32(height)
      guard av_frame_get_buffer(picture, 0) >= 0 else {
        av_frame_free(&frame)
        throw VideoError.outOfMemory(path: path)
      }
      let buffers = picture.pointee.buf
      for case let buffer? in [buffers.0, buffers.1, buffers.2] {
        buffer.pointee.data.update(repeating: 0, count: Int(buffer.pointee.size))
      }
      return picture
    }

    /// Copies a frame to an RGB picture of its size.
    ///
    /// The last pixel of a row is repeated once where there is room: swscale averages pairs of pixels where colours are to have
    /// half the resolution, and of an odd width the last pair reaches into the padding.
    static func copy(_ frame: Frame, to picture: UnsafeMutablePointer<AVFrame>) {
      let byteCount = frame.width * 3
      let stride = Int(picture.pointee.linesize.0)
      frame.pixels.withUnsafeBufferPointer { pixels in
        guard let source = pixels.baseAddress, let target = picture.pointee.data.0 else { return }
        for row in 0..<frame.height {
          let line = target + row * stride
          line.update(from: source + row * byteCount, count: byteCount)
          if byteCount + 3 <= stride { (line + byteCount).update(from: line + byteCount - 3, count: 3) }
        }
      }
    }
  }
#endif
