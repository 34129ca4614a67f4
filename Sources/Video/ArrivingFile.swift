/// A video file that is read while it arrives, such as an upload.
///
/// Containers that say first where their frames are (MP4 with its index in front) are decoded as the bytes come; others are read once
/// all is there.
public protocol ArrivingFile: AnyObject, Sendable {
  /// The name in errors.
  var name: String { get }

  /// The number of bytes that are there.
  var arrived: Int { get }

  /// Returns the size in bytes; waits for the end if it was not announced.
  ///
  /// - Throws: What ends the waiting.
  func size() throws -> Int

  /// Copies bytes, once they are there.
  ///
  /// - Parameters:
  ///   - offset: The offset of the first byte in the file.
  ///   - target: The memory to fill.
  /// - Returns: The number of bytes, which is smaller than the memory at the end of the file only.
  /// - Throws: What ends the waiting; `FileError`.
  func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws -> Int
}
