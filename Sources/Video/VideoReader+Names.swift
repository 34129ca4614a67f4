extension VideoReader {
  /// How the names of video files end.
  public static let nameExtensions: Set = [
    "3gp", "avi", "flv", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "ts", "webm", "wmv",
  ]

  /// Whether a file's name is that of a video.
  public static func isVideoName(_ path: String) -> Bool {
    guard let dot = path.lastIndex(of: ".") else { return false }
    return nameExtensions.contains(path[path.index(after: dot)...].lowercased())
  }
}
