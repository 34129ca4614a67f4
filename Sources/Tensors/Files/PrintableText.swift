extension String {
  /// The text in quotes for an error message: control characters are escaped, and long text is cut off.
  ///
  /// Names in other people's files can be of any length, and can contain a terminal's control sequences.
  package var quoted: String {
    let limit = 160
    let scalars = unicodeScalars
    return "\"\(String(scalars.prefix(limit)).printable)\(scalars.count > limit ? "…" : "")\""
  }

  /// The text for a terminal: control characters, those that change the direction of text, and bytes that are not UTF-8
  /// (``PathText``) are escaped.
  package var printable: String {
    var text = ""
    for scalar in unicodeScalars {
      if let byte = PathText.byte(scalar) {
        text += "\\x\(String(byte, radix: 16, uppercase: true))"
      } else if scalar.isControl {
        text += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}

extension Unicode.Scalar {
  fileprivate var isControl: Bool {
    switch value {
    case 0..<0x20, 0x7F...0x9F: true
    // Line and paragraph separators, marks and overrides of direction.
    case 0x2028...0x202E, 0x200E, 0x200F, 0x2066...0x2069: true
    default: false
    }
  }
}
