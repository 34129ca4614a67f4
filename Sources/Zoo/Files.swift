import Foundation
import Tensors

/// File operations of Foundation, with this package's errors.
enum Files {
  /// Renames a file, and replaces one that has the new name.
  static func move(_ path: String, to newPath: String) throws(FileError) {
    guard AtomicFile.rename(path, to: newPath) else { throw FileError(path: newPath, action: "write", code: errno) }
  }

  /// Opens a file, whose descriptor the handle closes.
  static func open(_ path: String, _ flags: Int32, action: String) throws(FileError) -> FileHandle {
    let descriptor = path.withPath { Foundation.open($0, flags | O_CLOEXEC, 0o644) }
    guard descriptor >= 0 else { throw FileError(path: path, action: action, code: errno) }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// Returns the SHA-256 of a file as 64 hexadecimal digits, and the file's size in bytes.
  static func sha256(of path: String) throws(FileError) -> (hash: String, size: Int) {
    let file = try open(path, O_RDONLY, action: "open")
    var hash = SHA256()
    var size = 0
    do {
      while let chunk = try file.read(upToCount: 1 << 20), !chunk.isEmpty {
        chunk.withUnsafeBytes { hash.update($0) }
        size += chunk.count
      }
    } catch {
      throw FileError(path: path, action: "read", code: code(of: error))
    }
    return (hash.hexadecimalDigest(), size)
  }

  /// Returns the `errno` code behind one of Foundation's errors.
  static func code(of error: any Error) -> Int32 {
    let error = error as NSError
    if error.domain == NSPOSIXErrorDomain { return Int32(error.code) }
    return (error.userInfo[NSUnderlyingErrorKey] as? any Error).map { code(of: $0) } ?? EIO
  }
}
