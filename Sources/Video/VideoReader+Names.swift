extension VideoReader {
  /// How names of files end that hold videos and nothing else. Not among them are `ts` and `mts`, which programs are called too, and
  /// what pictures can be (`gif`).
  public static let nameExtensions: Set = [
    "3g2", "3gp", "asf", "avi", "f4v", "flv", "m2ts", "m4v", "mjpeg", "mkv", "mov", "mp4", "mpe", "mpeg", "mpg", "mxf",
    "ogv", "vob", "webm", "wmv",
  ]

  /// Whether a file's name is that of a video, whatever is in it.
  public static func isVideoName(_ path: String) -> Bool {
    guard let dot = path.utf8.lastIndex(of: UInt8(ascii: ".")) else { return false }
    return nameExtensions.contains(path[path.utf8.index(after: dot)...].lowercased())
  }
}
