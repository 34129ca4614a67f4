#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes a file as a whole or not at all: to a temporary file beside it, flushed to the disk, then renamed.
///
/// A symbolic link is kept: the file that it leads to gets the contents. Devices, pipes and folders are refused, as
/// renaming would replace them by a regular file (`/dev/null`, for example, for a privileged user).
public struct AtomicFile: ~Copyable {
  private let path: String
  private let destination: String
  private let temporaryPath: String
  private let descriptor: Int32
  /// The end of the names of temporary files; those that exist while nobody writes were left by a killed process.
  package static let temporarySuffix = ".part"

  /// Calls `body` with a file to write to; `path` gets the new contents only if `body` returns.
  ///
  /// - Throws: ``FileError`` if the folder or the disk does not allow it, or what `body` throws; then `path` is
  ///   unchanged.
  public static func write(to path: String, _ body: (borrowing AtomicFile) throws -> Void) throws {
    let file = try AtomicFile(path: path, destination: destination(of: path))
    do {
      try body(file)
      guard fsync(file.descriptor) == 0 else { throw FileError(path: path, action: "write", code: errno) }
      guard rename(file.temporaryPath, to: file.destination) else {
        throw FileError(path: path, action: "write", code: errno)
      }
    } catch {
      file.temporaryPath.withPath { _ = unlink($0) }
      throw error
    }
  }

  /// Checks that a file can be written, before the work whose result it will hold.
  ///
  /// - Throws: ``FileError`` if the folder or the disk does not allow it.
  public static func check(_ path: String) throws(FileError) {
    let file = try AtomicFile(path: path, destination: destination(of: path))
    file.temporaryPath.withPath { _ = unlink($0) }
  }

  /// Returns the path that writing a file replaces: the target of symbolic links.
  ///
  /// - Throws: ``FileError`` if it exists and is not a regular file.
  package static func destination(of path: String) throws(FileError) -> String {
    var status = stat()
    guard path.withPath({ stat($0, &status) }) == 0 else { return path }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw FileError(path: path, reason: "is a directory")
    default: throw FileError(path: path, reason: "is not a regular file: results go to files only")
    }
    guard let resolved = path.withPath({ realpath($0, nil) }) else {
      throw FileError(path: path, action: "write", code: errno)
    }
    defer { free(resolved) }
    return String(path: resolved)
  }

  /// Renames a file, and replaces one that has the new name; returns false, with `errno` set, on failure.
  package static func rename(_ path: String, to newPath: String) -> Bool {
    path.withPath { old in newPath.withPath { systemRename(old, $0) } } == 0
  }

  /// Renames a file unless there is one that has the new name; returns false, with `errno` set, on failure: `EEXIST` if there is.
  package static func rename(_ path: String, toNew newPath: String) -> Bool {
    path.withPath { old in
      newPath.withPath { new in
        if link(old, new) == 0 {
          unlink(old)
          return true
        }
        // Some file systems have no second names.
        guard errno == EPERM || errno == ENOTSUP || errno == ENOSYS else { return false }
        guard access(new, F_OK) != 0 else {
          errno = EEXIST
          return false
        }
        return systemRename(old, new) == 0
      }
    }
  }

  private init(path: String, destination: String) throws(FileError) {
    self.path = path
    self.destination = destination
    temporaryPath = "\(destination).\(getpid()).\(UInt32.random(in: 0 ... .max))\(Self.temporarySuffix)"
    descriptor = temporaryPath.withPath { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644) }
    guard descriptor >= 0 else { throw FileError(path: path, action: "write", code: errno) }
  }

  /// Appends bytes.
  ///
  /// - Throws: ``FileError`` if the disk is full, for example.
  public func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: rest)
      let written = systemWrite(descriptor, part)
      if written < 0 {
        if errno == EINTR { continue }
        throw FileError(path: path, action: "write", code: errno)
      }
      rest = rest.dropFirst(written)
    }
  }

  /// Appends bytes.
  ///
  /// - Throws: ``FileError`` if the disk is full, for example.
  public func append(_ bytes: [UInt8]) throws(FileError) {
    // Closures are not typed-throwing everywhere in Swift 6.0; carry the error out by hand.
    let failure: FileError? = bytes.withUnsafeBytes { buffer in
      do throws(FileError) { try append(buffer) } catch { return error }
      return nil
    }
    if let failure { throw failure }
  }

  /// Appends a tensor's elements.
  ///
  /// - Throws: ``FileError`` if the disk is full, for example.
  public func append(_ tensor: Tensor) throws(FileError) {
    let failure: FileError? = tensor.withUnsafeBytes { buffer in
      do throws(FileError) { try append(buffer) } catch { return error }
      return nil
    }
    if let failure { throw failure }
  }

  deinit { close(descriptor) }
}

/// The system's `rename`, under a name that `AtomicFile.rename` does not hide.
private func systemRename(_ path: UnsafePointer<CChar>, _ newPath: UnsafePointer<CChar>) -> Int32 {
  rename(path, newPath)
}

/// The system's `write`, under a name that `AtomicFile.write` does not hide.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  guard let start = bytes.baseAddress else { return 0 }
  return write(descriptor, start, bytes.count)
}
