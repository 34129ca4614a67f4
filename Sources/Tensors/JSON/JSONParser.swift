extension JSON {
  /// The largest nesting depth of arrays and objects in a text.
  public static let depthLimit = 128

  /// Parses a JSON text (RFC 8259) in UTF-8, strictly: one value, no duplicate keys, no lone surrogates, nothing after it.
  ///
  /// - Parameters:
  ///   - bytes: The text.
  ///   - path: The file of the text, for errors.
  ///   - start: The offset of the text in the file, for errors.
  /// - Throws: ``FormatError`` with the offset of the problem.
  public init(parsing bytes: [UInt8], path: String, start: Int = 0) throws(FormatError) {
    var parser = JSONParser(bytes: bytes, path: path, start: start)
    self = try parser.document()
  }

  /// Reads and parses a file.
  ///
  /// - Throws: ``FileError`` if the file cannot be read or is larger than `sizeLimit` bytes, ``FormatError`` if it is
  ///   not JSON.
  public init(contentsOf path: String, sizeLimit: Int = 100 << 20) throws {
    let file = try MappedFile(path: path)
    guard file.count <= sizeLimit else {
      throw FileError(path: path, reason: "has \(file.count) bytes, too many for a JSON file (limit \(sizeLimit))")
    }
    try self.init(parsing: file.copy(0..<file.count), path: path)
  }
}

/// A recursive-descent parser; its recursion is bounded by `JSON.depthLimit`.
private struct JSONParser {
  let bytes: [UInt8]
  let path: String
  let start: Int
  var position = 0
  var depth = 0

  init(bytes: [UInt8], path: String, start: Int) {
    self.bytes = bytes
    self.path = path
    self.start = start
  }

  mutating func document() throws(FormatError) -> JSON {
    let value = try value()
    skipSpace()
    guard position == bytes.count else { throw unexpected("the end") }
    return value
  }

  private mutating func value() throws(FormatError) -> JSON {
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"): return try nested { (parser) throws(FormatError) in try parser.object() }
    case UInt8(ascii: "["): return try nested { (parser) throws(FormatError) in try parser.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    default: return try number()
    }
  }

  private mutating func nested(
    _ parse: (inout JSONParser) throws(FormatError) -> JSON
  ) throws(FormatError) -> JSON {
    guard depth < JSON.depthLimit else { throw error("nested more than \(JSON.depthLimit) levels deep") }
    depth += 1
    defer { depth -= 1 }
    position += 1
    return try parse(&self)
  }

  private mutating func array() throws(FormatError) -> JSON {
    var elements: [JSON] = []
    skipSpace()
    if take("]") { return .array(elements) }
    while true {
      elements.append(try value())
      skipSpace()
      if take("]") { return .array(elements) }
      guard take(",") else { throw unexpected("\",\" or \"]\"") }
    }
  }

  private mutating func object() throws(FormatError) -> JSON {
    var object = JSONObject()
    skipSpace()
    if take("}") { return .object(object) }
    while true {
      skipSpace()
      guard peek == UInt8(ascii: "\"") else { throw unexpected("a key in quotes") }
      let keyPosition = position
      let key = try string()
      guard object[key] == nil else { throw error("the key \"\(key.prefix(200))\" comes twice", at: keyPosition) }
      skipSpace()
      guard take(":") else { throw unexpected("\":\"") }
      object[key] = try value()
      skipSpace()
      if take("}") { return .object(object) }
      guard take(",") else { throw unexpected("\",\" or \"}\"") }
    }
  }

  private mutating func literal(_ text: StaticString, _ value: JSON) throws(FormatError) -> JSON {
    let expected = Array("\(text)".utf8)
    guard bytes[position...].starts(with: expected) else { throw unexpected("a value") }
    position += expected.count
    return value
  }
}

// MARK: - Strings

extension JSONParser {
  private mutating func string() throws(FormatError) -> String {
    let quote = position
    position += 1
    var text: [UInt8] = []
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        let string = String(decoding: text, as: UTF8.self)
        // Decoding repairs invalid UTF-8, which changes the bytes.
        guard string.utf8.elementsEqual(text) else { throw error("the string is not valid UTF-8", at: quote) }
        return string
      case UInt8(ascii: "\\"):
        position += 1
        text.append(contentsOf: String(Character(try escape())).utf8)
      case 0..<0x20:
        throw error("a control character in a string must be escaped")
      default:
        text.append(byte)
        position += 1
      }
    }
    throw error("the string is not closed", at: quote)
  }

  private mutating func escape() throws(FormatError) -> Unicode.Scalar {
    guard let byte = peek else { throw unexpected("an escape") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw error("an unknown escape in a string", at: position - 2)
    }
  }

  private mutating func unicodeEscape() throws(FormatError) -> Unicode.Scalar {
    let escapePosition = position - 2
    var code = try fourHexDigits()
    if code & 0xFC00 == 0xD800, take("\\"), take("u") {
      let low = try fourHexDigits()
      // A scalar in the surrogate range makes the check below fail.
      if low & 0xFC00 == 0xDC00 { code = 0x10000 + (code & 0x3FF) << 10 + low & 0x3FF }
    }
    guard let scalar = Unicode.Scalar(code) else { throw error("a lone surrogate in a string", at: escapePosition) }
    return scalar
  }

  private mutating func fourHexDigits() throws(FormatError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw unexpected("four hexadecimal digits")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }
}

// MARK: - Numbers

extension JSONParser {
  private mutating func number() throws(FormatError) -> JSON {
    let first = position
    let isNegative = take("-")
    if take("0") {
      if let byte = peek, isDigit(byte) { throw error("a number must not start with 0", at: first) }
    } else if skipDigits() == 0 {
      position = first
      throw unexpected("a value")
    }
    var isInteger = true
    if take(".") {
      isInteger = false
      guard skipDigits() > 0 else { throw unexpected("a digit") }
    }
    if take("e") || take("E") {
      isInteger = false
      if !take("+") { _ = take("-") }
      guard skipDigits() > 0 else { throw unexpected("a digit") }
    }
    let text = String(decoding: bytes[first..<position], as: UTF8.self)
    // "-0" keeps its sign only as a floating-point number.
    if isInteger, let integer = Int64(text), !(isNegative && integer == 0) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else { throw error("a number out of range", at: first) }
    return .number(number)
  }

  private mutating func skipDigits() -> Int {
    let first = position
    while let byte = peek, isDigit(byte) { position += 1 }
    return position - first
  }

  private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

// MARK: - Bytes and errors

extension JSONParser {
  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: scalar) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private func error(_ problem: String, at position: Int? = nil) -> FormatError {
    FormatError(path: path, offset: start + (position ?? self.position), problem)
  }

  private func unexpected(_ expected: String) -> FormatError {
    guard let byte = peek else { return error("expected \(expected), but the text ends") }
    let isPrintable = (0x21...0x7E).contains(byte)
    let found = isPrintable ? "\"\(Unicode.Scalar(byte))\"" : "byte 0x\(String(byte, radix: 16))"
    return error("expected \(expected), found \(found)")
  }
}
