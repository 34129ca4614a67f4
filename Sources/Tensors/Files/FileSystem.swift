#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#elseif canImport(Darwin)
  import Darwin
#endif

/// Folders and what is in them, by paths whose names may be any bytes (``PathText``).
package enum FileSystem {
  /// What is at a path.
  package enum Kind: Sendable, Equatable {
    case file
    case folder
    /// A device, a pipe or a socket.
    case other
  }

  /// Which file it is, by whatever path.
  package struct Identity: Sendable, Hashable {
    let device: UInt64
    let number: UInt64
  }

  /// What is at a path, where symbolic links lead; nil where there is nothing.
  package static func status(of path: String) -> (kind: Kind, identity: Identity, size: Int)? {
    var status = stat()
    guard path.withPath({ stat($0, &status) }) == 0 else { return nil }
    let kind: Kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      default: .other
      }
    let identity = Identity(
      device: UInt64(truncatingIfNeeded: status.st_dev), number: UInt64(truncatingIfNeeded: status.st_ino))
    return (kind, identity, Int(status.st_size))
  }

  /// Whether there is something at a path.
  package static func exists(_ path: String) -> Bool { status(of: path) != nil }

  /// Whether there is a folder at a path.
  package static func isFolder(_ path: String) -> Bool { status(of: path)?.kind == .folder }

  /// Whether this process may write to what is at a path.
  package static func isWritable(_ path: String) -> Bool { path.withPath { access($0, W_OK) } == 0 }

  /// The names of all that is in a folder, in the order of their bytes.
  ///
  /// - Throws: ``FileError`` if it is not a folder that can be read.
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

  /// Makes a folder and those above it; one that is there is no error.
  ///
  /// - Throws: ``FileError``.
  package static func makeFolder(_ path: String) throws(FileError) {
    if path.isEmpty || isFolder(path) { return }
    let make = { () -> Int32 in path.withPath { mkdir($0, 0o777) } == 0 ? 0 : errno }
    var code = make()
    let parent = folder(of: path)
    if code == ENOENT, parent != path, parent != "." {
      try makeFolder(parent)
      code = make()
    }
    guard code == 0 || isFolder(path) else { throw FileError(path: path, action: "made", code: code) }
  }

  /// Deletes a file; one that is not there is no error.
  ///
  /// - Throws: ``FileError``.
  package static func delete(_ path: String) throws(FileError) {
    guard path.withPath({ unlink($0) }) != 0, errno != ENOENT else { return }
    throw FileError(path: path, action: "deleted", code: errno)
  }

  /// The folder that a path is in, `.` for a name alone.
  package static func folder(of path: String) -> String {
    let bytes = withoutTrailingSlashes(path).utf8
    guard let last = bytes.lastIndex(of: slash) else { return "." }
    return last == bytes.startIndex ? "/" : String(Substring(bytes[..<last]))
  }

  /// The last name of a path.
  package static func name(of path: String) -> String {
    let bytes = withoutTrailingSlashes(path).utf8
    guard let last = bytes.lastIndex(of: slash), bytes.count > 1 else { return String(Substring(bytes[...])) }
    return String(Substring(bytes[bytes.index(after: last)...]))
  }

  /// The path of a name in a folder.
  package static func path(_ name: String, in folder: String) -> String {
    folder.utf8.last == slash ? folder + name : "\(folder)/\(name)"
  }

  /// A path that is relative to a folder; nil if it is not in it.
  package static func path(_ path: String, relativeTo folder: String) -> String? {
    let prefix = Array(Self.path("", in: folder).utf8)
    guard path.utf8.starts(with: prefix) else { return nil }
    return String(Substring(path.utf8.dropFirst(prefix.count)))
  }

  /// The path of a file from the root on, where links lead; nil if there is nothing.
  package static func absolutePath(of path: String) -> String? {
    guard let resolved = path.withPath({ realpath($0, nil) }) else { return nil }
    defer { free(resolved) }
    return String(path: resolved)
  }

  /// The path from the root on of what may not be there yet: as far as there are folders, where links lead.
  package static func absolutePath(ofNew path: String) -> String {
    if let path = absolutePath(of: path) { return path }
    return self.path(name(of: path), in: absolutePath(ofNew: folder(of: path)))
  }

  /// The path with no slash at its end, but for that of the root.
  package static func withoutTrailingSlashes(_ path: String) -> String {
    var bytes = path.utf8[...]
    while bytes.count > 1, bytes.last == slash { bytes.removeLast() }
    return String(Substring(bytes))
  }

  private static let slash = UInt8(ascii: "/")
}
