extension String {
  /// The text in quotes for an error message: control characters escaped, cut off where it is long.
  ///
  /// Names in files from elsewhere can be of any length and can hold a terminal's control sequences.
  package var quoted: String {
    let limit = 160
    let scalars = unicodeScalars
    return "\"\(String(scalars.prefix(limit)).printable)\(scalars.count > limit ? "…" : "")\""
  }

  /// The text with control characters escaped, for a terminal.
  package var printable: String {
    var text = ""
    for scalar in unicodeScalars {
      let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
      if isControl { text += "\\u{\(String(scalar.value, radix: 16))}" } else { text.unicodeScalars.append(scalar) }
    }
    return text
  }
}
