import Foundation
import Tensors
import Video

/// What is in a folder, sorted by name; hidden files are left out.
package struct FolderListing {
  /// The folders in it.
  package let folders: [String]
  /// The files in it.
  package let files: [String]
  /// The video files in it.
  var videos: [String] { files.filter(VideoReader.isVideoName) }

  /// - Throws: `FileError` if it is not a folder that can be read.
  package init(_ path: String) throws {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      let reason = FileManager.default.fileExists(atPath: path) ? "cannot be read as a folder" : "does not exist"
      throw FileError(path: path, reason: reason)
    }
    var folders: [String] = []
    var files: [String] = []
    for name in names.sorted() where !name.hasPrefix(".") {
      let entry = "\(path)/\(name)"
      if Self.isFolder(entry) {
        folders.append(name)
      } else if FileManager.default.fileExists(atPath: entry) {
        files.append(name)
      }
    }
    self.folders = folders
    self.files = files
  }

  /// Whether there is a folder at a path.
  package static func isFolder(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
  }
}
