#if VIDEO_USES_FFMPEG
  import CFFmpeg
  import Tensors

  /// What all uses of FFmpeg share.
  enum FFmpegLibrary {
    /// Stops FFmpeg from writing to stderr: what it knows comes back as typed errors. Process-wide, once.
    static let silence: Void = av_log_set_level(AV_LOG_QUIET)

    /// FFmpeg's words for an error code, as in `Invalid data found when processing input`.
    static func message(_ code: Int32) -> String {
      var buffer = [CChar](repeating: 0, count: Int(AV_ERROR_MAX_STRING_SIZE))
      av_strerror(code, &buffer, buffer.count)
      return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// What FFmpeg gets for the name of a video: nothing for one in memory.
    static func withURL<Result>(
      of contents: VideoContents, _ body: (UnsafePointer<CChar>) throws -> Result
    ) rethrows -> Result {
      switch contents {
      case .file(let path): try withFileURL(path, body)
      case .memory: try "".withCString(body)
      }
    }

    /// A path as FFmpeg must get it: else `http:…` or `concat:…` would be more than a file's name.
    static func withFileURL<Result>(_ path: String, _ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result
    {
      try ("file:" + path).withPath(body)
    }
  }
#endif
