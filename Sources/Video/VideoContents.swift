/// Where the bytes of a video file are.
enum VideoContents: Sendable {
  case file(path: String)
  case memory([UInt8])

  /// What errors call it: a file's path.
  var name: String {
    switch self {
    case .file(let path): path
    case .memory: "the video in memory"
    }
  }
}
