import Tensors

// The stack, and the tables of objects.
extension Unpickler {
  mutating func push(_ value: PickleValue) { stack.append(value) }

  func top() throws(FormatError) -> PickleValue {
    guard let value = stack.last, stack.count > marks.last ?? 0 else { throw error("the pickle's stack is empty") }
    return value
  }

  mutating func pop() throws(FormatError) -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  mutating func pop(_ count: Int) throws(FormatError) -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else { throw error("the pickle's stack is empty") }
    let values = Array(stack.suffix(count))
    stack.removeLast(count)
    return values
  }

  mutating func popToMark() throws(FormatError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw error("the pickle's stack has no mark") }
    let values = Array(stack[mark...])
    stack.removeLast(stack.count - mark)
    return values
  }

  mutating func tuple(_ values: [PickleValue]) -> PickleValue {
    containedCount += values.count
    objects.tuples.append(values)
    return .tuple(objects.tuples.count - 1)
  }

  mutating func dictionary() -> PickleValue {
    objects.dictionaries.append(PickleDictionary())
    return .dictionary(objects.dictionaries.count - 1)
  }

  mutating func list() -> PickleValue {
    objects.lists.append([])
    return .list(objects.lists.count - 1)
  }

  /// Returns the index of a storage, which must be described in the same way each time.
  mutating func register(_ storage: PickledStorage, as key: String) throws(FormatError) -> Int {
    if let known = storageIndices[key] {
      guard objects.storages[known] == storage else {
        throw error("the storage \(storage.key.quoted) has two descriptions")
      }
      return known
    }
    storageIndices[key] = objects.storages.count
    objects.storages.append(storage)
    return objects.storages.count - 1
  }

  mutating func object(_ name: Int) -> PickleValue {
    objects.objects.append(PickledObject(name: name))
    return .object(objects.objects.count - 1)
  }

  func error(_ problem: String) -> FormatError {
    FormatError(path: path, offset: start + opcodePosition, problem)
  }
}

// The bytes of the pickle.
extension Unpickler {
  mutating func take(_ count: Int) throws(FormatError) -> ArraySlice<UInt8> {
    guard count <= bytes.count - position else { throw error("the pickle is cut off") }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// Reads the next little-endian integer.
  mutating func integer<Integer: FixedWidthInteger>(as type: Integer.Type) throws(FormatError) -> Integer {
    var value: Integer = 0
    for byte in try take(Integer.bitWidth / 8).reversed() { value = value << 8 | Integer(truncatingIfNeeded: byte) }
    return value
  }

  mutating func length<Integer: FixedWidthInteger>(as type: Integer.Type) throws(FormatError) -> Int {
    guard let length = Int(exactly: try integer(as: type)) else { throw error("the pickle is cut off") }
    return length
  }

  mutating func longInteger(byteCount: Int) throws(FormatError) -> PickleValue {
    let digits = try take(byteCount)
    guard byteCount <= 8 else { return .opaque }
    // Two's complement: the last byte has the sign.
    var value = digits.last.map { Int(Int8(bitPattern: $0)) } ?? 0
    for byte in digits.dropLast().reversed() { value = value << 8 | Int(byte) }
    return .integer(value)
  }

  mutating func string(byteCount: Int) throws(FormatError) -> String {
    // Python's surrogateescape makes bytes that are not UTF-8; no parameter has such a name.
    String(decoding: try take(byteCount), as: UTF8.self)
  }

  mutating func skippedBytes(byteCount: Int) throws(FormatError) -> PickleValue {
    _ = try take(byteCount)
    return .opaque
  }

  mutating func line() throws(FormatError) -> String {
    let limit = 1000
    guard let end = bytes[position...].prefix(limit).firstIndex(of: UInt8(ascii: "\n")) else {
      throw error("the pickle is cut off in the name of a class")
    }
    defer { position = end + 1 }
    return String(decoding: bytes[position..<end], as: UTF8.self)
  }
}
