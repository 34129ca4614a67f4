extension VideoReader {
  /// The name extensions of files that are always videos. `ts` and `mts` are not among them, as programs have them too,
  /// nor is `gif`, which can be a picture.
  public static let nameExtensions: Set = [
    "3g2", "3gp", "asf", "avi", "f4v", "flv", "m2ts", "m4v", "mjpeg", "mkv", "mov", "mp4", "mpe", "mpeg", "mpg", "mxf",
    "ogv", "vob", "webm", "wmv",
  ]

  /// Returns whether a file's name is that of a video, whatever its contents.
  public static func isVideoName(_ path: String) -> Bool {
    guard let dot = path.utf8.lastIndex(of: UInt8(ascii: ".")) else { return false }
    return nameExtensions.contains(path[path.utf8.index(after: dot)...].lowercased())
  }
}
