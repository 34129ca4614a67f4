import Tensors

/// The folder whose videos clients may name.
public struct VideoRoot: Sendable {
  private let root: String

  /// Creates the folder of a server's videos.
  ///
  /// - Throws: `FileError` if it is not a readable folder.
  public init(_ path: String) throws {
    guard let root = FileSystem.absolutePath(of: path), FileSystem.isFolder(root) else {
      throw FileError(path: path, reason: FileSystem.exists(path) ? "is not a folder" : "does not exist")
    }
    self.root = root
  }

  /// Returns the path of a file in the folder or its subfolders.
  ///
  /// - Parameter name: The path relative to the folder.
  /// - Throws: ``ServingError/noFile(_:)`` if there is no such regular file, also for one outside the folder, to which `..` or a
  ///   link leads: whether that exists must not be told.
  public func path(of name: String) throws(ServingError) -> String {
    guard !name.isEmpty, name.utf8.first != UInt8(ascii: "/"), !name.utf8.contains(0),
      let path = FileSystem.absolutePath(of: FileSystem.path(name, in: root)),
      FileSystem.path(path, relativeTo: root) != nil, FileSystem.status(of: path)?.kind == .file
    else { throw .noFile(name) }
    return path
  }
}
