/// The location of a video file's bytes.
enum VideoContents: Sendable {
  case file(path: String)
  case memory([UInt8])

  /// The name in errors: the path of a file.
  var name: String {
    switch self {
    case .file(let path): path
    case .memory: "the video in memory"
    }
  }
}
