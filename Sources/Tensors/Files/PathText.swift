/// File names as text, without loss: a name is bytes, and need not be UTF-8.
///
/// Each byte that is not UTF-8 becomes a private-use scalar, U+10FE00 plus the byte (as Python's `surrogateescape` does
/// with surrogates, which a `String` cannot contain); so does each byte of such a scalar's own UTF-8, so that every
/// name is preserved. All paths in this package are such text, from folder listings and the command line to opening
/// files.
public enum PathText {
  private static let base: UInt32 = 0x10FE00

  /// Returns the text for a path's bytes.
  public static func text(of bytes: some Sequence<UInt8>) -> String {
    let bytes = Array(bytes)
    var text = String.UnicodeScalarView()
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var position = 0
    while true {
      let length: Int
      switch parser.parseScalar(from: &iterator) {
      case .emptyInput: return String(text)
      case .error(let count): length = count
      case .valid(let encoded):
        let scalar = Unicode.UTF8.decode(encoded)
        guard isStandIn(scalar) else {
          text.append(scalar)
          position += encoded.count
          continue
        }
        length = encoded.count
      }
      for byte in bytes[position..<position + length] {
        if let scalar = Unicode.Scalar(base + UInt32(byte)) { text.append(scalar) }
      }
      position += length
    }
  }

  /// Returns the bytes of a path's text.
  public static func bytes(of text: String) -> [UInt8] {
    guard text.utf8.contains(0xF4) else { return Array(text.utf8) }
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      if isStandIn(scalar) {
        bytes.append(UInt8(scalar.value - base))
      } else {
        bytes.append(contentsOf: Unicode.UTF8.encode(scalar) ?? Unicode.UTF8.encodedReplacementCharacter)
      }
    }
    return bytes
  }

  /// Returns whether a scalar represents a byte that is not UTF-8.
  static func isStandIn(_ scalar: Unicode.Scalar) -> Bool { (base + 0x80...base + 0xFF).contains(scalar.value) }

  /// Returns the byte that a scalar represents; nil for others.
  static func byte(_ scalar: Unicode.Scalar) -> UInt8? {
    isStandIn(scalar) ? UInt8(scalar.value - base) : nil
  }
}

/// Returns a path for a terminal or a message: control characters, those that change the direction of text, and bytes
/// that are not UTF-8 are escaped (`\u{1b}`, `\xE9`).
public func displayName(ofPath path: String) -> String { path.printable }

extension String {
  /// Calls `body` with the path's bytes as a C string; with an empty path if it contains a NUL, which no path does.
  package func withPath<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
    if utf8.contains(0) { return try "".withCString(body) }
    guard utf8.contains(0xF4) else { return try withCString(body) }
    let bytes = PathText.bytes(of: self).map(CChar.init(bitPattern:)) + [0]
    return try bytes.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return try "".withCString(body) }
      return try body(start)
    }
  }

  /// Creates the text of a C string's path.
  package init(path: UnsafePointer<CChar>) {
    self = PathText.text(of: UnsafeBufferPointer(start: path, count: Self.length(path)).map(UInt8.init(bitPattern:)))
  }

  private static func length(_ text: UnsafePointer<CChar>) -> Int {
    var count = 0
    while text[count] != 0 { count += 1 }
    return count
  }
}
