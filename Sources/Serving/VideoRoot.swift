import Foundation
import Tensors
import Video

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

  /// Opens a file in the folder or its subfolders, as ``path(of:)`` finds it. A playlist among them leads to no other file.
  ///
  /// - Throws: ``ServingError/noFile(_:)``.
  func open(_ name: String) throws(ServingError) -> any ArrivingFile {
    guard let file = ServedFile(path: try path(of: name), name: name) else { throw .noFile(name) }
    return file
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

/// A file of the folder, by the name that the client knows.
private final class ServedFile: ArrivingFile {
  let name: String
  let arrived: Int
  private let descriptor: Int32

  init?(path: String, name: String) {
    descriptor = path.withPath { Foundation.open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    var status = stat()
    guard descriptor >= 0 else { return nil }
    guard fstat(descriptor, &status) == 0 else {
      close(descriptor)
      return nil
    }
    (self.name, arrived) = (name, Int(status.st_size))
  }

  deinit { close(descriptor) }

  func size() -> Int { arrived }

  func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws -> Int {
    guard !target.isEmpty, offset < arrived else { return 0 }
    while true {
      let count = pread(descriptor, target.baseAddress, min(target.count, arrived - offset), off_t(offset))
      if count >= 0 { return count }
      if errno != EINTR { throw FileError(path: name, action: "read", code: errno) }
    }
  }
}
