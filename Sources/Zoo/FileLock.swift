import Foundation
import Tensors

/// An exclusive lock between processes and tasks: `flock` on an empty file that is not deleted.
enum FileLock {
  /// Runs `body` while holding the lock; waits for it without blocking a thread.
  ///
  /// The system releases the lock of a process that crashes.
  ///
  /// - Throws: `FileError` if the file system does not let the file be made or locked, `CancellationError`, or what
  ///   `body` throws.
  static func holding<Result>(_ path: String, _ body: () async throws -> Result) async throws -> Result {
    let file = try Files.open(path, O_RDWR | O_CREAT, action: "open")
    while flock(file.fileDescriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else { throw FileError(path: path, action: "locked", code: errno) }
      try await Task.sleep(for: .milliseconds(50))
    }
    defer { flock(file.fileDescriptor, LOCK_UN) }
    return try await body()
  }
}
