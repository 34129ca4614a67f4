#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that grows at its end, such as a log: appended bytes are passed to the system at once, even if the process
/// ends abnormally.
public struct AppendedFile: ~Copyable {
  private let path: String
  private let descriptor: Int32

  /// Opens a file to append to, and creates it if it does not exist.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - isNew: Whether the file must not exist yet.
  /// - Throws: ``FileError``.
  public init(path: String, isNew: Bool = false) throws(FileError) {
    self.path = path
    descriptor = path.withPath { open($0, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | (isNew ? O_EXCL : 0), 0o644) }
    guard descriptor >= 0 else { throw FileError(path: path, action: "write", code: errno) }
  }

  /// Appends bytes.
  ///
  /// - Throws: ``FileError`` if the disk is full, for example.
  public func append(_ bytes: [UInt8]) throws(FileError) {
    let code: Int32 = bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty, let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress {
        let written = write(descriptor, start, rest.count)
        if written < 0, errno != EINTR { return errno }
        rest = rest.dropFirst(max(written, 0))
      }
      return 0
    }
    if code != 0 { throw FileError(path: path, action: "write", code: code) }
  }

  /// Waits until all that was appended is on the disk.
  ///
  /// - Throws: ``FileError``.
  package func synchronize() throws(FileError) {
    guard fsync(descriptor) == 0 else { throw FileError(path: path, action: "write", code: errno) }
  }

  /// Cuts the file off after `size` bytes.
  ///
  /// - Throws: ``FileError``.
  package func truncate(to size: Int) throws(FileError) {
    guard ftruncate(descriptor, off_t(size)) == 0 else { throw FileError(path: path, action: "write", code: errno) }
  }

  /// Locks the file until this object goes, or its process ends in any way; returns false if someone else holds the lock.
  ///
  /// - Throws: ``FileError`` if the file system has no locks.
  package func lock() throws(FileError) -> Bool {
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
    guard errno == EWOULDBLOCK else { throw FileError(path: path, action: "locked", code: errno) }
    return false
  }

  deinit { close(descriptor) }
}
