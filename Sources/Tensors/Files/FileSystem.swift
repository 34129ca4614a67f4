#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#elseif canImport(Darwin)
  import Darwin
#endif

/// Folders and their contents, by paths whose names may be any bytes (``PathText``).
package enum FileSystem {
  /// The kind of object at a path.
  package enum Kind: Sendable, Equatable {
    case file
    case folder
    /// A named pipe, or one that a shell gives a name to.
    case pipe
    /// A device or a socket.
    case other
  }

  /// The identity of a file, by whatever path.
  package struct Identity: Sendable, Hashable {
    let device: UInt64
    let number: UInt64
  }

  /// Returns the kind, identity and size in bytes of the object at a path, following symbolic links; nil if there is
  /// none.
  package static func status(of path: String) -> (kind: Kind, identity: Identity, size: Int)? {
    var status = stat()
    guard path.withPath({ stat($0, &status) }) == 0 else { return nil }
    let kind: Kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      case S_IFIFO: .pipe
      default: .other
      }
    let identity = Identity(
      device: UInt64(truncatingIfNeeded: status.st_dev), number: UInt64(truncatingIfNeeded: status.st_ino))
    return (kind, identity, Int(status.st_size))
  }

  /// Returns whether there is an object at a path.
  package static func exists(_ path: String) -> Bool { status(of: path) != nil }

  /// Returns whether there is a folder at a path.
  package static func isFolder(_ path: String) -> Bool { status(of: path)?.kind == .folder }

  /// Returns whether this process may write to the object at a path.
  package static func isWritable(_ path: String) -> Bool { path.withPath { access($0, W_OK) } == 0 }

  /// Returns the names in a folder, in the order of their bytes.
  ///
  /// - Throws: ``FileError`` if it is not a readable folder.
  package static func names(in folder: String) throws(FileError) -> [String] {
    guard let directory = folder.withPath({ opendir($0) }) else {
      throw FileError(path: folder, action: "read as a folder", code: errno)
    }
    defer { closedir(directory) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(directory) else { break }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { PathText.text(of: $0.prefix { $0 != 0 }) }
      if name != ".", name != ".." { names.append(name) }
    }
    guard errno == 0 else { throw FileError(path: folder, action: "read as a folder", code: errno) }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Creates a folder and those above it; one that exists is no error.
  ///
  /// - Throws: ``FileError``.
  package static func makeFolder(_ path: String) throws(FileError) {
    if isFolder(path) { return }
    let make = { () -> Int32 in path.withPath { mkdir($0, 0o777) } == 0 ? 0 : errno }
    var code = make()
    let parent = folder(of: path)
    if code == ENOENT, parent != path, parent != "." {
      try makeFolder(parent)
      code = make()
    }
    guard code == 0 || isFolder(path) else { throw FileError(path: path, action: "made", code: code) }
  }

  /// Deletes a file; one that does not exist is no error.
  ///
  /// - Throws: ``FileError``.
  package static func delete(_ path: String) throws(FileError) {
    guard path.withPath({ unlink($0) }) != 0, errno != ENOENT else { return }
    throw FileError(path: path, action: "deleted", code: errno)
  }

  /// Returns the folder of a path, `.` for a name alone.
  package static func folder(of path: String) -> String {
    let bytes = withoutTrailingSlashes(path).utf8
    guard let last = bytes.lastIndex(of: slash) else { return "." }
    return last == bytes.startIndex ? "/" : String(Substring(bytes[..<last]))
  }

  /// Returns the last name of a path.
  package static func name(of path: String) -> String {
    let bytes = withoutTrailingSlashes(path).utf8
    guard let last = bytes.lastIndex(of: slash), bytes.count > 1 else { return String(Substring(bytes[...])) }
    return String(Substring(bytes[bytes.index(after: last)...]))
  }

  /// Returns the path of a name in a folder.
  package static func path(_ name: String, in folder: String) -> String {
    folder.utf8.last == slash ? folder + name : "\(folder)/\(name)"
  }

  /// Returns a path relative to a folder; nil if it is not in it.
  package static func path(_ path: String, relativeTo folder: String) -> String? {
    let prefix = Array(Self.path("", in: folder).utf8)
    guard path.utf8.starts(with: prefix) else { return nil }
    return String(Substring(path.utf8.dropFirst(prefix.count)))
  }

  /// Returns the absolute path of an object, following symbolic links; nil if there is none.
  package static func absolutePath(of path: String) -> String? {
    guard let resolved = path.withPath({ realpath($0, nil) }) else { return nil }
    defer { free(resolved) }
    return String(path: resolved)
  }

  /// Returns the absolute path of an object that may not exist: as far as there are folders, following symbolic links.
  package static func absolutePath(ofNew path: String) -> String {
    if let path = absolutePath(of: path) { return path }
    return self.path(name(of: path), in: absolutePath(ofNew: folder(of: path)))
  }

  /// Returns the path without slashes at its end, except for that of the root.
  package static func withoutTrailingSlashes(_ path: String) -> String {
    var bytes = path.utf8[...]
    while bytes.count > 1, bytes.last == slash { bytes.removeLast() }
    return String(Substring(bytes))
  }

  private static let slash = UInt8(ascii: "/")
}
