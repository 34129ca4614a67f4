extension JSON {
  /// Returns the value as JSON text in UTF-8, which parses to the same value.
  ///
  /// Numbers are the shortest that round-trip. JSON has neither infinities nor NaN: they are written as `null`.
  ///
  /// - Parameter pretty: Whether each key and element has its own line, indented by two spaces.
  public func text(pretty: Bool = false) -> String {
    var text = ""
    write(to: &text, indentation: pretty ? 0 : nil)
    return text
  }

  /// Writes this value; `indentation` is that of its line, nil for compact text.
  private func write(to text: inout String, indentation: Int?) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += "\(value)"
    case .number(let value): text += value.isFinite ? "\(value)" : "null"
    case .string(let value): JSON.write(value, to: &text)
    case .array(let elements):
      JSON.writeList(elements, in: ("[", "]"), to: &text, indentation: indentation) { element, text, inner in
        element.write(to: &text, indentation: inner)
      }
    case .object(let object):
      JSON.writeList(object, in: ("{", "}"), to: &text, indentation: indentation) { entry, text, inner in
        JSON.write(entry.key, to: &text)
        text += inner == nil ? ":" : ": "
        entry.value.write(to: &text, indentation: inner)
      }
    }
  }

  private static func writeList<Elements: Sequence>(
    _ elements: Elements, in brackets: (open: String, close: String), to text: inout String, indentation: Int?,
    write: (Elements.Element, inout String, Int?) -> Void
  ) {
    let inner = indentation.map { $0 + 2 }
    text += brackets.open
    var isEmpty = true
    for element in elements {
      if !isEmpty { text += "," }
      isEmpty = false
      startLine(in: &text, indentation: inner)
      write(element, &text, inner)
    }
    if !isEmpty { startLine(in: &text, indentation: indentation) }
    text += brackets.close
  }

  private static func startLine(in text: inout String, indentation: Int?) {
    guard let indentation else { return }
    text += "\n" + String(repeating: " ", count: indentation)
  }

  private static func write(_ string: String, to text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
