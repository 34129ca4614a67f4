import IR

/// A rule by which a graph is rewritten: a pattern, a condition, a replacement.
///
/// The transmuter's rules and the passes are lists of rewrites. A custom rule, which goes before those of the target
/// device, and turns a 1×1 convolution whose weights are all zero into its bias alone, would start like this:
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
  /// The efficient block that the replacement is, by its name in reports; nil if it is none of the target device's
  /// blocks.
  public let block: String?
  let pattern: Pattern
  let refusal: @Sendable (Match) -> String?
  let replacement: @Sendable (Match, inout GraphRewriter) throws(GraphError) -> [GraphRewriter.Value]

  /// Creates a rule.
  ///
  /// - Parameters:
  ///   - name: The rule's name.
  ///   - block: The efficient block that the replacement is; nil if it is none.
  ///   - pattern: The subgraph that the rule matches.
  ///   - refusal: Returns why the rule does not apply to a match, or nil if it does. Refusals of rules with a block are
  ///     reported.
  ///   - replacement: Adds operations to the new graph, and returns the values that replace the results of the
  ///     pattern's outermost node. It must replace the results of ``Pattern/Operand/replaced(_:)`` nodes itself.
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
