import IR

/// A part of a pattern, by which the rest of a rewrite speaks of the node that it matched.
public struct Part<Kind: Operation>: Sendable {
  /// The part's name, its own within a pattern.
  public let name: String

  /// A part of a pattern, of one kind of operation.
  public init(_ name: String, _ kind: Kind.Type = Kind.self) { self.name = name }
}

/// What a subgraph looks like, as data: an operation, and for each of its operands what computed it.
///
/// ```swift
/// let norm = Part<Operations.BatchNorm>("norm")
/// let convolution = Part<Operations.Convolution>("convolution")
/// // A batch norm of a convolution whose result nothing else uses.
/// Pattern(norm, operands: [.onlyUse(of: Pattern(convolution, where: { $0.groups == 1 }))])
/// ```
public struct Pattern: Sendable {
  /// What an operand must be.
  public enum Operand: Sendable {
    /// Any value.
    case anything
    /// The first result of a node that nothing else uses. The node goes.
    case onlyUse(of: Pattern)
    /// The first result of a node that has other uses too. The node stays.
    case result(of: Pattern)
    /// The first result of a node that has other uses too, to which the replacement gives other values. The node goes, and
    /// the replacement comes in its place, so that those uses find the new values.
    case replaced(Pattern)
  }

  let name: String
  let accepts: @Sendable (any Operation) -> Bool
  let operands: [Operand]
  let commutes: Bool

  /// A pattern.
  ///
  /// - Parameters:
  ///   - part: The name and kind of the node.
  ///   - condition: On its attributes.
  ///   - operands: What the first operands must be; those beyond the list may be anything.
  ///   - commutes: Whether the first two operands may also come in the other order. The operand that is computed last is
  ///     tried first.
  public init<Kind: Operation>(
    _ part: Part<Kind>, where condition: @escaping @Sendable (Kind) -> Bool = { _ in true }, operands: [Operand] = [],
    commutes: Bool = false
  ) {
    name = part.name
    accepts = { ($0 as? Kind).map(condition) ?? false }
    self.operands = operands
    self.commutes = commutes
  }

  /// A pattern of an operation of any kind, found in a match by its name.
  init(any name: String, where condition: @escaping @Sendable (any Operation) -> Bool, operands: [Operand]) {
    self.name = name
    accepts = condition
    self.operands = operands
    commutes = false
  }
}
