/// The length of one axis of a value: a number, or a symbol that gets its number when a plan is made.
///
/// Symbols flow through shape inference as expressions: a convolution with stride 2 turns `H` into `(H+1)/2`, so that two
/// branches that shrink an axis in the same way are known to agree.
public enum Dimension: Hashable, Sendable {
  /// A known length.
  case fixed(Int)
  /// A length that is not known yet, by its expression, such as `H` or `(H+1)/2` (divisions round down).
  case symbolic(String)

  /// The length if it is known.
  public var value: Int? {
    if case .fixed(let value) = self { value } else { nil }
  }

  /// Whether the two could be the same length: unknown lengths agree with any number, and with the same expression.
  func isCompatible(with other: Dimension) -> Bool {
    switch (self, other) {
    case (.fixed(let a), .fixed(let b)): a == b
    case (.symbolic(let a), .symbolic(let b)): a == b
    default: true
    }
  }

  /// ⌊(self + `addend`) / `divisor`⌋, simplified where nothing changes.
  func floorDivided(adding addend: Int, by divisor: Int) -> Dimension {
    switch self {
    case .fixed(let value): return .fixed(Self.saturating(value.addingReportingOverflow(addend)) / divisor)
    case .symbolic(let name):
      let sum = addend == 0 ? name : "\(name)\(addend > 0 ? "+" : "-")\(abs(addend))"
      if divisor == 1 { return .symbolic(sum) }
      return .symbolic("(\(sum))/\(divisor)")
    }
  }

  /// A result, or the largest number where it overflows: no memory holds such a length, so its use fails with an error.
  private static func saturating(_ result: (partialValue: Int, overflow: Bool)) -> Int {
    result.overflow ? .max : result.partialValue
  }

  /// The product of two lengths.
  static func * (left: Dimension, right: Dimension) -> Dimension {
    switch (left, right) {
    case (.fixed(let a), .fixed(let b)): .fixed(saturating(a.multipliedReportingOverflow(by: b)))
    case (.fixed(1), let other), (let other, .fixed(1)): other
    default: .symbolic("\(left)*\(right)")
    }
  }

  /// The sum of two lengths.
  static func + (left: Dimension, right: Dimension) -> Dimension {
    switch (left, right) {
    case (.fixed(let a), .fixed(let b)): .fixed(saturating(a.addingReportingOverflow(b)))
    case (.fixed(0), let other), (let other, .fixed(0)): other
    default: .symbolic("\(left)+\(right)")
    }
  }
}

extension Dimension: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, CustomStringConvertible {
  /// A known length.
  public init(integerLiteral value: Int) { self = .fixed(value) }
  /// A symbol.
  public init(stringLiteral name: String) { self = .symbolic(name) }

  /// The number, or the expression.
  public var description: String {
    switch self {
    case .fixed(let value): "\(value)"
    case .symbolic(let name): name
    }
  }
}
