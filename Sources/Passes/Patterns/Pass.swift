import IR

/// A pass from a program to an equivalent one: rewrites that are applied until none of them matches.
///
/// At each node, the first rewrite that matches and does not refuse is applied. Unused operations and parameters are
/// left out of the result, and the result is verified.
public struct Pass: Sendable {
  /// The pass's name.
  public let name: String
  /// Its rewrites, in order of preference.
  public let rewrites: [Rewrite]

  /// Creates a pass with rewrites.
  public init(_ name: String, _ rewrites: [Rewrite]) {
    self.name = name
    self.rewrites = rewrites
  }

  /// Returns the rewritten program; the given one stays as it is.
  ///
  /// - Throws: `GraphError` if a rewrite makes a graph that is not well-formed, or the rewrites do not terminate.
  /// - Complexity: O(nodes × rewrites) for each sweep over the graph; there are as many sweeps as rewrites that enable
  ///   each other.
  public func run(_ program: ModelProgram) throws(GraphError) -> ModelProgram {
    var program = program
    // A rewrite moves operations towards the outputs or removes nodes, so that this many sweeps suffice; one that
    // undoes another never terminates.
    for _ in 0...(program.graph.nodes.count + 1) {
      var sweep = Sweep(program, rewrites)
      program = try sweep.run()
      if !sweep.hasRewritten { return program }
    }
    throw .malformed("the rewrites of the pass '\(name)' undo each other")
  }
}

/// A sweep over a program: finds matches that do not overlap, then rebuilds the graph with their replacements.
private struct Sweep {
  private let rewrites: [Rewrite]
  private let matcher: Matcher
  private var planned: [Int: (rewrite: Rewrite, match: Match)] = [:]
  private var consumed = Set<Int>()
  /// The reasons why rules with a block did not match a node.
  private var refusals: [Int: [String]] = [:]

  var hasRewritten: Bool { !planned.isEmpty }

  init(_ program: ModelProgram, _ rewrites: [Rewrite]) {
    self.rewrites = rewrites
    matcher = Matcher(program)
  }

  mutating func run() throws(GraphError) -> ModelProgram {
    for index in matcher.program.graph.nodes.indices where !consumed.contains(index) { plan(index) }
    return try rebuild()
  }

  private mutating func plan(_ index: Int) {
    for rewrite in rewrites {
      guard let match = matcher.match(rewrite.pattern, at: index), consumed.isDisjoint(with: match.consumed) else {
        continue
      }
      if let reason = rewrite.refusal(match) {
        if let block = rewrite.block { refusals[index, default: []].append("not \(block): \(reason)") }
        continue
      }
      planned[match.position] = (rewrite, match)
      consumed.formUnion(match.consumed)
      return
    }
  }

  private func rebuild() throws(GraphError) -> ModelProgram {
    var rewriter = GraphRewriter(matcher.program)
    for index in matcher.program.graph.nodes.indices {
      if let (rewrite, match) = planned[index] {
        let root = match.consumed[0]
        rewriter.block = rewrite.block
        rewriter.refusals = rewrite.block == nil ? refusals[root] ?? [] : []
        let values = try rewrite.replacement(match, &rewriter)
        for (old, new) in zip(matcher.program.graph.nodes[root].results, values) { rewriter.replace(old, by: new) }
      } else if !consumed.contains(index) {
        try rewriter.keep(index, refusals: refusals[index] ?? [])
      }
    }
    return try rewriter.finish()
  }
}
