import Tensors
import Video
import Zoo

/// The videos of a batch, in order, each once.
public struct BatchList: Sendable {
  /// The paths of the videos.
  public private(set) var paths: [String] = []
  /// The number of entries that were left out because they are in the list already.
  public private(set) var duplicates = 0
  /// The files of a folder that are no videos.
  public private(set) var skipped = SkippedFiles()

  /// Lists the videos in a folder and its subfolders, in the order of their paths' bytes.
  ///
  /// - Throws: `FileError` if it is not a readable folder; ``BatchError/noVideos(list:)``.
  public init(folder: String) throws {
    let found = try VideoFolder(folder)
    guard !found.videos.isEmpty else { throw BatchError.noVideos(list: folder) }
    paths = found.videos
    skipped = found.skipped
  }

  /// Reads a list from a file, with a video on each line: its path, or a JSON object with `"path"`.
  ///
  /// Paths are relative to the file's folder. Empty lines are ignored; a path that begins with `{` is written `./{`.
  ///
  /// - Throws: `FileError` if the file cannot be read; `FormatError` if it is not such a list; ``BatchError/noVideos(list:)``.
  public init(manifest path: String) throws {
    let file = try MappedFile(path: path)
    try self.init(lines: file.copy(0..<file.count), name: path, folder: FileSystem.folder(of: path))
  }

  /// Reads a list from bytes, as of a file in `folder`; errors call it `name`.
  ///
  /// - Throws: `FormatError` if the bytes are not such a list; ``BatchError/noVideos(list:)``.
  public init(lines bytes: [UInt8], name: String, folder: String = ".") throws {
    // As bytes: Swift takes names that look the same, but are different files, for equal.
    var seen: Set<[UInt8]> = []
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      guard !line.isEmpty else { continue }
      let path = try Self.path(line, list: name)
      let place = path.utf8.first == UInt8(ascii: "/") || folder == "." ? path : FileSystem.path(path, in: folder)
      if seen.insert(Array(place.utf8)).inserted { paths.append(place) } else { duplicates += 1 }
    }
    guard !paths.isEmpty else { throw BatchError.noVideos(list: name) }
  }

  private static func path(_ line: ArraySlice<UInt8>, list: String) throws(FormatError) -> String {
    if line.first == UInt8(ascii: "{") {
      let entry = try JSON(parsing: Array(line), path: list, start: line.startIndex).document(path: list)
      return try entry.required("path").string()
    }
    // A video instead of a list of videos has some in its first bytes.
    if let zero = line.firstIndex(of: 0) {
      throw FormatError(path: list, offset: zero, "a path on each line was expected, but there is a zero byte")
    }
    return PathText.text(of: line)
  }

  /// The number of videos and a hash of their paths, which tell two lists apart.
  var summary: String {
    var hash = SHA256()
    for path in paths { (Array(path.utf8) + [0]).withUnsafeBytes { hash.update($0) } }
    return "\(paths.count) videos (\(hash.hexadecimalDigest().prefix(16)))"
  }
}
