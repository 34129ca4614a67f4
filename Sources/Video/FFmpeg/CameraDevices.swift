#if VIDEO_USES_FFMPEG
  import CFFmpeg
  import Foundation
  import Tensors

  /// Video4Linux, by FFmpeg's libavdevice.
  ///
  /// The library is loaded when a camera is opened: it brings eighty others (X11, audio, OpenGL), which nobody else should need
  /// or wait for. It comes with FFmpeg's command.
  enum CameraDevices {
    private static let libraryName = "libavdevice.so.\(avformat_version() >> 16)"

    /// FFmpeg's reader of cameras; nil without the library.
    static var format: UnsafePointer<AVInputFormat>? { isLoaded ? UnsafePointer(av_find_input_format("v4l2")) : nil }

    private static let isLoaded: Bool = {
      // Both libraries' major versions have been the same since FFmpeg 4.
      guard let library = dlopen(libraryName, RTLD_NOW), let symbol = dlsym(library, "avdevice_register_all") else {
        return false
      }
      unsafeBitCast(symbol, to: (@convention(c) () -> Void).self)()
      return true
    }()

    /// Throws unless there is a device that can be opened.
    static func check(_ path: String) throws {
      guard path.withPath({ access($0, R_OK | W_OK) }) == 0 else {
        throw FileError(path: path, action: "open", code: errno)
      }
      guard format != nil else {
        throw VideoError.unreachable(name: path, reason: "there is no \(libraryName), which FFmpeg's command brings")
      }
    }
  }
#endif
