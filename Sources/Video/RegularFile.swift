import Foundation
import Tensors

/// Throws a `FileError` unless there is a readable, non-empty file at `path`.
func checkReadableFile(_ path: String) throws(FileError) {
  // Non-blocking, so that a named pipe without a writer cannot hang us.
  let descriptor = path.withPath { open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
  guard descriptor >= 0 else { throw FileError(path: path, action: "open", code: errno) }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { throw FileError(path: path, action: "read", code: errno) }
  switch status.st_mode & S_IFMT {
  case S_IFREG: break
  case S_IFDIR: throw FileError(path: path, reason: "is a directory")
  default: throw FileError(path: path, reason: "is not a regular file")
  }
  guard status.st_size > 0 else { throw FileError(path: path, reason: "is empty") }
}
