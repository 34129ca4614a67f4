import IR

/// A part of a pattern, by which the rest of a rewrite refers to the node that it matched.
public struct Part<Kind: Operation>: Sendable {
  /// The part's name, unique within a pattern.
  public let name: String

  /// Creates a part that matches one kind of operation.
  public init(_ name: String, _ kind: Kind.Type = Kind.self) { self.name = name }
}

/// The form of a subgraph as data: an operation, and for each of its operands the form of what computes it.
///
/// ```swift
/// let norm = Part<Operations.BatchNorm>("norm")
/// let convolution = Part<Operations.Convolution>("convolution")
/// // A batch norm of a convolution whose result nothing else uses.
/// Pattern(norm, operands: [.onlyUse(of: Pattern(convolution, where: { $0.groups == 1 }))])
/// ```
public struct Pattern: Sendable {
  /// The form of an operand.
  public enum Operand: Sendable {
    /// Any value.
    case anything
    /// The first result of a node that nothing else uses. The node is removed.
    case onlyUse(of: Pattern)
    /// The first result of a node that may have other uses. The node stays.
    case result(of: Pattern)
    /// The first result of a node whose other uses the replacement gives other values. The node is removed, and the
    /// replacement takes its place, so that those uses find the new values.
    case replaced(Pattern)
  }

  let name: String
  let accepts: @Sendable (any Operation) -> Bool
  let operands: [Operand]
  let commutes: Bool

  /// Creates a pattern.
  ///
  /// - Parameters:
  ///   - part: The name and kind of the node.
  ///   - condition: Returns whether an operation's attributes match.
  ///   - operands: The forms of the first operands; those beyond the list may be anything.
  ///   - commutes: Whether the first two operands may also be swapped. The operand that is computed last is tried
  ///     first.
  public init<Kind: Operation>(
    _ part: Part<Kind>, where condition: @escaping @Sendable (Kind) -> Bool = { _ in true }, operands: [Operand] = [],
    commutes: Bool = false
  ) {
    name = part.name
    accepts = { ($0 as? Kind).map(condition) ?? false }
    self.operands = operands
    self.commutes = commutes
  }

  /// Creates a pattern of an operation of any kind, which a match finds by its name.
  init(any name: String, where condition: @escaping @Sendable (any Operation) -> Bool, operands: [Operand]) {
    self.name = name
    accepts = condition
    self.operands = operands
    commutes = false
  }
}
