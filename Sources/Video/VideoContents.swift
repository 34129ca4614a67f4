/// The location of a video's bytes.
enum VideoContents: Sendable {
  case file(path: String)
  case memory([UInt8])
  /// A file that is not complete yet.
  case arriving(any ArrivingFile)
  /// A container that comes through an open descriptor, which can be read once.
  case pipe(descriptor: Int32)
  case namedPipe(path: String)
  case network(NetworkAddress)
  case camera(path: String)

  /// The name in errors: the path of a file, or an address without passwords.
  var name: String {
    switch self {
    case .file(let path), .namedPipe(let path), .camera(let path): path
    case .memory: "the video in memory"
    case .arriving(let file): file.name
    case .pipe(let descriptor): descriptor == 0 ? "standard input" : "descriptor \(descriptor)"
    case .network(let address): address.name
    }
  }

  /// Whether opening it again leads to its beginning, or to a later one.
  var canBeOpenedAgain: Bool {
    switch self {
    case .pipe, .namedPipe: false
    case .file, .memory, .arriving, .network, .camera: true
    }
  }

  /// The protocols that FFmpeg may use for it. A playlist must not lead from a file to the network, or from the network to
  /// files; one that is in memory or comes through a pipe leads nowhere.
  var protocols: String {
    switch self {
    case .file: "file"
    case .memory, .arriving, .pipe, .namedPipe, .camera: "none"
    case .network(let address): address.protocols
    }
  }
}
