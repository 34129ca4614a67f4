import Tensors

/// A piece of HTML or SVG: literals are taken as they are, and every interpolated string is escaped.
package struct Markup: ExpressibleByStringInterpolation {
  package private(set) var text: String

  /// Creates markup from a literal.
  package init(stringLiteral value: String) { text = value }
  package init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    package init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(2 * literalCapacity) }
    package mutating func appendLiteral(_ literal: String) { text += literal }
    package mutating func appendInterpolation(_ value: String) { text += Markup.escaped(value) }
    package mutating func appendInterpolation(_ value: Int) { text += "\(value)" }
    /// Appends a number with decimals; two, as for coordinates, by default.
    package mutating func appendInterpolation(_ value: Double, decimals: Int = 2) { text += value.fixed(decimals) }
    package mutating func appendInterpolation(_ value: Markup) { text += value.text }
    package mutating func appendInterpolation(_ values: [Markup]) { for value in values { text += value.text } }
  }

  /// Returns text that is safe between tags and in quoted attributes. It escapes what must not reach a terminal either:
  /// control characters, those that change the direction of text, and bytes of file names that are not UTF-8.
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
