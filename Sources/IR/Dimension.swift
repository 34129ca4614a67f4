/// The length of an axis of a value: a number, or a symbol whose number is known when a plan is made.
///
/// Shape inference computes with symbols: a convolution with stride 2 maps `H` to `(H+1)/2`, so that two branches that
/// shrink an axis in the same way have equal lengths.
public enum Dimension: Hashable, Sendable {
  /// A known length.
  case fixed(Int)
  /// An unknown length as an expression, such as `H` or `(H+1)/2` (divisions round down).
  case symbolic(String)

  /// The length; nil if it is not known.
  public var value: Int? {
    if case .fixed(let value) = self { value } else { nil }
  }

  /// Returns whether the two could be the same length: an unknown length agrees with any number, and with an equal
  /// expression; a computed one (``computed(_:)``) with all.
  func isCompatible(with other: Dimension) -> Bool {
    switch (self, other) {
    case (.fixed(let a), .fixed(let b)): a == b
    case (.symbolic(let a), .symbolic(let b)): a == b || isComputed || other.isComputed
    default: true
    }
  }

  /// Returns a length that a graph computes from other lengths, such as `?N*8`. Whether it equals another expression is
  /// known only with numbers, as the same length can be computed in many ways.
  static func computed(_ expression: String) -> Dimension {
    let text = expression.filter { $0 != "?" }
    if text.utf8.count <= longestExpression { return .symbolic("?" + text) }
    // Other expressions can begin in the same way.
    let mark = CounterGenerator(seed: 0, name: text).bits(0)
    return .symbolic("?\(text.prefix(longestExpression / 2))…\(String(mark, radix: 16))")
  }

  /// Returns a length as an expression of others; one that is long as a computed length (``computed(_:)``).
  static func expression(_ text: String) -> Dimension {
    text.utf8.count <= 4 * longestExpression ? .symbolic(text) : .computed(text)
  }

  /// Whether it is from ``computed(_:)``, or an expression with one.
  var isComputed: Bool {
    if case .symbolic(let name) = self { name.contains("?") } else { false }
  }

  /// Graphs can compute with lengths for as long as they like, and the text of the result could grow without limit.
  private static var longestExpression: Int { 64 }

  /// Returns ⌊(self + `addend`) / `divisor`⌋, simplified if it is self.
  func floorDivided(adding addend: Int, by divisor: Int) -> Dimension {
    switch self {
    case .fixed(let value): return .fixed(Self.saturating(value.addingReportingOverflow(addend)) / divisor)
    case .symbolic(let name):
      let sum = addend == 0 ? name : "\(name)\(addend > 0 ? "+" : "-")\(abs(addend))"
      return .expression(divisor == 1 ? sum : "(\(sum))/\(divisor)")
    }
  }

  /// Returns a result, or the largest number if it overflows: its use then fails with an error, as no memory is large
  /// enough.
  private static func saturating(_ result: (partialValue: Int, overflow: Bool)) -> Int {
    result.overflow ? .max : result.partialValue
  }

  /// Returns the product of two lengths.
  static func * (left: Dimension, right: Dimension) -> Dimension {
    switch (left, right) {
    case (.fixed(let a), .fixed(let b)): .fixed(saturating(a.multipliedReportingOverflow(by: b)))
    case (.fixed(1), let other), (let other, .fixed(1)): other
    default: .expression("\(left)*\(right)")
    }
  }

  /// Returns the sum of two lengths.
  static func + (left: Dimension, right: Dimension) -> Dimension {
    switch (left, right) {
    case (.fixed(let a), .fixed(let b)): .fixed(saturating(a.addingReportingOverflow(b)))
    case (.fixed(0), let other), (let other, .fixed(0)): other
    default: .expression("\(left)+\(right)")
    }
  }
}

extension Dimension: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, CustomStringConvertible {
  /// Creates a known length.
  public init(integerLiteral value: Int) { self = .fixed(value) }
  /// Creates a symbol.
  public init(stringLiteral name: String) { self = .symbolic(name) }

  /// The number or the expression.
  public var description: String {
    switch self {
    case .fixed(let value): "\(value)"
    case .symbolic(let name): name
    }
  }
}
