import IR

/// A rule by which a graph is rewritten: a pattern, a condition, a replacement.
///
/// The transmuter's rules and the passes are lists of these. A rule of your own, put before those of the target device, that
/// turns a 1×1 convolution whose weights are all zero into its bias alone, would start like this:
///
/// ```swift
/// let convolution = Part<Operations.Convolution>("convolution")
/// let rule = Rewrite(
///   "zero_convolution", block: "zero",
///   pattern: Pattern(convolution, where: { $0.window.kernel.allSatisfy { $0 == 1 } }),
///   refusal: { match in
///     match.tensor(match[convolution].inputs[1])?.elements(as: Float.self).contains { $0 != 0 } == false
///       ? nil : "its weights are not zero"
///   },
///   replacement: { match, rewriter in … })
/// let transmuter = Transmuter(target: .mobileCPU, rules: [rule])
/// ```
public struct Rewrite: Sendable {
  /// The rule's name.
  public let name: String
  /// The efficient block that the replacement is, by its name in reports; nil: none of the target device's blocks.
  public let block: String?
  let pattern: Pattern
  let refusal: @Sendable (Match) -> String?
  let replacement: @Sendable (Match, inout GraphRewriter) throws(GraphError) -> [GraphRewriter.Value]

  /// A rule.
  ///
  /// - Parameters:
  ///   - name: The rule's name.
  ///   - block: The efficient block that the replacement is.
  ///   - pattern: The subgraph that the rule is about.
  ///   - refusal: Why the rule does not hold for a match; nil if it does. Refusals of rules with a block are reported.
  ///   - replacement: Adds operations to the new graph, and returns what stands for the results of the pattern's outermost
  ///     node. The results of ``Pattern/Operand/replaced(_:)`` nodes are its own to replace.
  public init(
    _ name: String, block: String? = nil, pattern: Pattern,
    refusal: @escaping @Sendable (Match) -> String? = { _ in nil },
    replacement: @escaping @Sendable (Match, inout GraphRewriter) throws(GraphError) -> [GraphRewriter.Value]
  ) {
    self.name = name
    self.block = block
    self.pattern = pattern
    self.refusal = refusal
    self.replacement = replacement
  }
}
