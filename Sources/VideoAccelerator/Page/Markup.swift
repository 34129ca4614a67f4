import Tensors

/// A piece of HTML or SVG: what a literal says is taken as it is, every string put into it is escaped.
struct Markup: ExpressibleByStringInterpolation {
  private(set) var text: String

  /// Markup as it is written.
  init(stringLiteral value: String) { text = value }
  init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  struct StringInterpolation: StringInterpolationProtocol {
    var text = ""

    init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(2 * literalCapacity) }
    mutating func appendLiteral(_ literal: String) { text += literal }
    mutating func appendInterpolation(_ value: String) { text += Markup.escaped(value) }
    mutating func appendInterpolation(_ value: Int) { text += "\(value)" }
    /// A number with decimals: in coordinates, two.
    mutating func appendInterpolation(_ value: Double, decimals: Int = 2) { text += value.fixed(decimals) }
    mutating func appendInterpolation(_ value: Markup) { text += value.text }
    mutating func appendInterpolation(_ values: [Markup]) { for value in values { text += value.text } }
  }

  /// Text that is safe between tags and in quoted attributes; what must not reach a terminal is escaped in the same way here:
  /// control characters, those that turn the direction of text, and bytes of file names that are not UTF-8.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n", "\t", " "..."~": result.unicodeScalars.append(character)
      default: result += String(character).printable
      }
    }
    return result
  }
}
