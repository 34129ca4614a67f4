import Tensors

/// A source of video that is read once, from beginning to end.
public enum LiveSource: Sendable, Hashable {
  /// A stream in a network: RTSP, RTMP, HTTP and HLS, UDP, RTP, SRT, TCP, as far as the installed FFmpeg knows them.
  case stream(url: String)
  /// A camera of Video4Linux, such as `/dev/video0`.
  case camera(path: String)
  /// A file; paced, its frames come at the times at which they are shown.
  case file(path: String, isPaced: Bool)
  /// A video in a container as of ``pipe(descriptor:)``, from a named pipe.
  case namedPipe(path: String)
  /// A video in any container that can be read from front to back (MPEG-TS, Matroska, fragmented MP4, …), from an open
  /// descriptor.
  case pipe(descriptor: Int32)
  /// Packed 8-bit RGB frames, from an open descriptor.
  case rawFrames(descriptor: Int32, format: RawVideoFormat)

  /// Creates the source that a text names: `-` is standard input, `/dev/video…` a camera, text with `://` a stream, and
  /// all else a file or a named pipe.
  ///
  /// - Parameters:
  ///   - text: The path, URL or `-`.
  ///   - isPaced: Whether frames of a file come at the times at which they are shown.
  ///   - rawFormat: The format of raw frames on standard input; nil for a container.
  /// - Throws: ``VideoError/notASource(name:reason:)`` if the URL's protocol is not one of streams, or `rawFormat` is
  ///   given and `text` is not `-`.
  public init(_ text: String, isPaced: Bool = false, rawFormat: RawVideoFormat? = nil) throws(VideoError) {
    if text == "-" {
      self = rawFormat.map { .rawFrames(descriptor: 0, format: $0) } ?? .pipe(descriptor: 0)
      return
    }
    guard rawFormat == nil else {
      throw .notASource(name: text, reason: "raw frames are read from standard input")
    }
    if NetworkAddress(text) != nil {
      self = .stream(url: text)
    } else if let scheme = NetworkAddress.scheme(of: text), !FileSystem.exists(text) {
      throw .notASource(name: "\(scheme)://…", reason: "\(scheme) is not a streaming protocol")
    } else {
      self =
        if text.hasPrefix("/dev/video") {
          .camera(path: text)
        } else if FileSystem.status(of: text)?.kind == .pipe {
          .namedPipe(path: text)
        } else {
          .file(path: text, isPaced: isPaced)
        }
    }
  }

  /// The name for messages: a path, or a URL without user, password and query.
  public var name: String {
    switch self {
    case .stream(let url): NetworkAddress(url)?.name ?? "the stream"
    case .camera(let path), .file(let path, _), .namedPipe(let path): path
    case .pipe(let descriptor), .rawFrames(let descriptor, _): VideoContents.pipe(descriptor: descriptor).name
    }
  }

  /// Whether it can be opened again where it was lost.
  var canReconnect: Bool {
    switch self {
    case .stream, .camera: true
    case .file, .pipe, .namedPipe, .rawFrames: false
    }
  }

  /// Whether it is a file whose frames come at the times at which they are shown.
  var isPaced: Bool { if case .file(_, isPaced: true) = self { true } else { false } }
}
