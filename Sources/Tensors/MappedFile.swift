#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#elseif canImport(Darwin)
  import Darwin
#endif

/// The bytes of a file, mapped read-only into memory as long as this object lives.
///
/// Unchecked, because the mapping is made in `init`, never changes, and is removed in `deinit`.
public final class MappedFile: @unchecked Sendable {
  /// The path by which the file was opened.
  public let path: String
  /// The bytes of the whole file.
  public let bytes: UnsafeRawBufferPointer

  /// The number of bytes in the file.
  public var count: Int { bytes.count }

  /// Maps a regular file.
  ///
  /// - Throws: ``FileError`` if it cannot be opened, is a directory or other special file, or cannot be mapped.
  public init(path: String) throws(FileError) {
    // Non-blocking, as opening a named pipe without a writer would wait forever.
    let descriptor = path.withPath { open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
    guard descriptor >= 0 else { throw FileError(path: path, action: "open", code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError(path: path, action: "read", code: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FileError(
        path: path, reason: status.st_mode & S_IFMT == S_IFDIR ? "is a directory" : "is not a regular file")
    }
    self.path = path
    let size = Int(status.st_size)
    if size == 0 {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    } else {
      guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
        throw FileError(path: path, action: "map", code: errno)
      }
      bytes = UnsafeRawBufferPointer(start: start, count: size)
    }
  }

  /// Creates a file of bytes that are already in memory; errors call it `path`.
  ///
  /// - Throws: ``FileError`` if there is not enough memory for a copy.
  public init(path: String, copying contents: [UInt8]) throws(FileError) {
    self.path = path
    guard !contents.isEmpty else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let start = mmap(nil, contents.count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
    guard let start, start != MAP_FAILED else { throw FileError(path: path, action: "map", code: errno) }
    let copy = UnsafeMutableRawBufferPointer(start: start, count: contents.count)
    copy.copyBytes(from: contents)
    bytes = UnsafeRawBufferPointer(copy)
  }

  /// Returns a copy of a range of the bytes.
  ///
  /// - Precondition: `range` is within the file.
  public func copy(_ range: Range<Int>) -> [UInt8] { Array(bytes[range]) }

  deinit {
    if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
  }
}
