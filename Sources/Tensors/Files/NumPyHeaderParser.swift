/// Parses the Python dictionary in the header of a `.npy` file: `{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}`.
struct NumPyHeaderParser {
  let bytes: [UInt8]
  let path: String
  let start: Int
  private var position = 0

  init(bytes: [UInt8], path: String, start: Int) {
    self.bytes = bytes
    self.path = path
    self.start = start
  }

  /// Returns the array's layout.
  mutating func layout() throws(FormatError) -> TensorLayout {
    var type: (element: ElementType, isBigEndian: Bool)?
    var isFortranOrder: Bool?
    var shape: [Int]?
    try expect("{")
    while !take("}") {
      let keyPosition = position
      let key = try string()
      try expect(":")
      switch key {
      case "descr" where type == nil: type = try elementType()
      case "fortran_order" where isFortranOrder == nil: isFortranOrder = try boolean()
      case "shape" where shape == nil: shape = try tuple()
      default: throw error("the .npy header has the unknown or repeated key \(key.quoted)", at: keyPosition)
      }
      if !take(",") {
        try expect("}")
        break
      }
    }
    skipSpace()
    guard position == bytes.count else { throw error("something follows the dictionary of the .npy header") }
    guard let type, let isFortranOrder, let shape else {
      throw error("the .npy header must have the keys descr, fortran_order and shape", at: 0)
    }
    return TensorLayout(
      shape: shape, elementType: type.element, isFortranOrder: isFortranOrder, isBigEndian: type.isBigEndian)
  }

  private mutating func elementType() throws(FormatError) -> (element: ElementType, isBigEndian: Bool) {
    skipSpace()
    let typePosition = position
    guard peek != UInt8(ascii: "[") else { throw error("arrays of records are not supported") }
    let name = try string()
    if name.hasSuffix("O") {
      throw error(
        "the array holds Python objects; save it with a number type, as in array.astype('float32')",
        at: typePosition)
    }
    let types: [String: ElementType] = [
      "f8": .float64, "f4": .float32, "f2": .float16, "i8": .int64, "i4": .int32, "i2": .int16, "i1": .int8,
      "u8": .uint64, "u4": .uint32, "u2": .uint16, "u1": .uint8, "b1": .bool,
    ]
    guard let order = name.first, let element = types[String(name.dropFirst())],
      order == "<" || order == ">" || (order == "|" && element.byteCount == 1)
    else { throw error("the element type \(name.quoted) is not supported", at: typePosition) }
    return (element, order == ">")
  }

  private mutating func boolean() throws(FormatError) -> Bool {
    skipSpace()
    for (word, value) in [("True", true), ("False", false)] where bytes[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw error("expected True or False")
  }

  private mutating func tuple() throws(FormatError) -> [Int] {
    try expect("(")
    var values: [Int] = []
    while !take(")") {
      guard values.count < TensorLayout.rankLimit else {
        throw error("the array has more than \(TensorLayout.rankLimit) dimensions")
      }
      values.append(try integer())
      if !take(",") {
        try expect(")")
        break
      }
    }
    return values
  }

  private mutating func integer() throws(FormatError) -> Int {
    skipSpace()
    let first = position
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    guard let value = Int(String(decoding: bytes[first..<position], as: UTF8.self)) else {
      throw error("expected the length of a dimension", at: first)
    }
    // Python 2 wrote long integers as 12L.
    _ = take("L")
    return value
  }

  private mutating func string() throws(FormatError) -> String {
    skipSpace()
    guard let quote = peek, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\""),
      let end = bytes[(position + 1)...].firstIndex(of: quote)
    else { throw error("expected a string") }
    let text = String(decoding: bytes[position + 1..<end], as: UTF8.self)
    position = end + 1
    return text
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    skipSpace()
    guard peek == UInt8(ascii: scalar) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ scalar: Unicode.Scalar) throws(FormatError) {
    guard take(scalar) else { throw error("expected \"\(scalar)\" in the .npy header") }
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x09 || byte == 0x0D { position += 1 }
  }

  private func error(_ problem: String, at position: Int? = nil) -> FormatError {
    FormatError(path: path, offset: start + (position ?? self.position), problem)
  }
}
