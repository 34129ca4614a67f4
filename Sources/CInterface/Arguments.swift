import CVideoAccelerator

/// Writes a new object's handle.
func open(_ result: UnsafeMutablePointer<OpaquePointer?>?, _ object: () throws -> any OpenObject) throws {
  guard let result else { throw InterfaceError.argument("the place for the handle is null") }
  result.pointee = Handles.shared.open(try object())
}

/// Returns an index as an `Int` after checking it.
func place(_ index: Int32, in count: Int, _ name: String) throws(InterfaceError) -> Int {
  guard index >= 0, index < count else { throw .argument("there is no \(name) \(index) of \(count)") }
  return Int(index)
}

/// Returns memory with a size that was checked: one that is not negative, as a `size_t` beyond `Int.max` is, and 0 for null.
func memory(_ start: UnsafeRawPointer?, _ byteCount: Int, _ name: String) throws(InterfaceError)
  -> UnsafeRawBufferPointer
{
  guard byteCount >= 0 else { throw .argument("\(name) cannot have \(UInt(bitPattern: byteCount)) bytes") }
  guard start != nil || byteCount == 0 else { throw .argument("\(name) is null") }
  return UnsafeRawBufferPointer(start: start, count: byteCount)
}

/// Returns a copy of bytes.
func array(_ start: UnsafeRawPointer?, _ byteCount: Int) throws(InterfaceError) -> [UInt8] {
  Array(try memory(start, byteCount, "the memory"))
}

/// Writes bytes to a caller's buffer, and their number in any case.
///
/// - Throws: `InterfaceError` if the buffer is too small; one that is null only asks for the number.
func write(
  _ bytes: [UInt8], to buffer: UnsafeMutableRawPointer?, capacity: Int, count: UnsafeMutablePointer<Int>?
) throws(InterfaceError) {
  guard let count else { throw .argument("the place for the number of bytes is null") }
  count.pointee = bytes.count
  guard let buffer else { return }
  guard capacity >= bytes.count else {
    throw InterfaceError(
      status: VACC_TOO_SMALL, description: "the buffer has \(capacity) bytes, and \(bytes.count) are needed")
  }
  UnsafeMutableRawBufferPointer(start: buffer, count: bytes.count).copyBytes(from: bytes)
}
