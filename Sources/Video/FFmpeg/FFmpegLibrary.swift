#if VIDEO_USES_FFMPEG
  import CFFmpeg
  import Tensors

  /// Functions that all uses of FFmpeg share.
  enum FFmpegLibrary {
    /// Stops FFmpeg from writing to stderr, once per process; its errors are returned as typed errors.
    static let silence: Void = av_log_set_level(AV_LOG_QUIET)

    /// Returns FFmpeg's message for an error code, as in `Invalid data found when processing input`.
    static func message(_ code: Int32) -> String {
      var buffer = [CChar](repeating: 0, count: Int(AV_ERROR_MAX_STRING_SIZE))
      av_strerror(code, &buffer, buffer.count)
      return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Calls `body` with the URL of a video; an empty one where FFmpeg does not open it.
    static func withURL<Result>(
      of contents: VideoContents, _ body: (UnsafePointer<CChar>) throws -> Result
    ) rethrows -> Result {
      switch contents {
      case .file(let path): try withFileURL(path, body)
      case .memory, .arriving, .pipe, .namedPipe: try "".withCString(body)
      case .network(let address): try address.url.withPath(body)
      case .camera(let path): try path.withPath(body)
      }
    }

    /// Calls `body` with a path as a file URL, as `http:…` or `concat:…` would be more than a file's name to FFmpeg.
    static func withFileURL<Result>(_ path: String, _ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result
    {
      try ("file:" + path).withPath(body)
    }
  }
#endif
