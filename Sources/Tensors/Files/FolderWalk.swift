/// All files in a folder and its subfolders, in the order of their paths' bytes.
///
/// Symbolic links are followed; no folder is visited twice, so links in circles end. Hidden files, the contents of
/// hidden folders and what macOS adds to archives (`__MACOSX`) are skipped, and counted like everything that is not a
/// file.
package struct FolderWalk {
  /// The folder.
  package let root: String
  /// The paths of the files, which begin with that of the folder.
  package private(set) var files: [String] = []
  /// What was found and skipped.
  package private(set) var skipped = SkippedFiles()
  private var visited: Set<FileSystem.Identity> = []

  /// - Throws: ``FileError`` if it is not a readable folder.
  package init(_ folder: String) throws(FileError) {
    root = FileSystem.withoutTrailingSlashes(folder)
    let names = try FileSystem.names(in: folder)
    if let identity = FileSystem.status(of: folder)?.identity { visited.insert(identity) }
    visit(names, in: root, reason: nil)
  }

  private mutating func visit(_ names: [String], in folder: String, reason: String?) {
    for name in names {
      let path = FileSystem.path(name, in: folder)
      let reason = reason ?? Self.reasonToLeaveOut(name)
      guard let status = FileSystem.status(of: path) else {
        skipped.add(path, "broken link")
        continue
      }
      switch status.kind {
      case .file: if let reason { skipped.add(path, reason) } else { files.append(path) }
      case .pipe, .other: skipped.add(path, "not a regular file")
      case .folder:
        guard visited.insert(status.identity).inserted else {
          skipped.add(path, "link to a folder that was read already")
          continue
        }
        if let names = try? FileSystem.names(in: path) {
          visit(names, in: path, reason: reason)
        } else {
          skipped.add(path, "unreadable folder")
        }
      }
    }
  }

  /// Returns why a name is skipped, with everything in it; nil if it is not.
  package static func reasonToLeaveOut(_ name: String) -> String? {
    if name.utf8.first == UInt8(ascii: ".") { return SkippedFiles.hidden }
    return name == "__MACOSX" ? "macOS metadata" : nil
  }
}
