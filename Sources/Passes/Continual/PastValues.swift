import IR

/// The values of earlier steps, as states that each hand their value on to the next: a ring of single frames, of which
/// none has to be moved if what runs the graph exchanges their places.
struct PastValues {
  /// For each value, the states with its value of one step before, of two steps before, …
  private var states: [GraphRewriter.Value: [GraphRewriter.Value]] = [:]
  /// The number of earlier steps that a value depends on.
  private var history: [GraphRewriter.Value: Int] = [:]
  /// The value that a state is one of an earlier step of.
  private var sources: [GraphRewriter.Value: GraphRewriter.Value] = [:]
  /// What the states of a value are called.
  private var labels: [GraphRewriter.Value: String] = [:]
  private var names: Set<String>

  /// Creates states whose names are none of `names`.
  init(apartFrom names: Set<String>) { self.names = names }

  /// Returns the number of earlier steps that a value depends on.
  func history(of value: GraphRewriter.Value) -> Int { history[value] ?? 0 }

  /// Returns the value that a state is one of an earlier step of; nil for other values.
  func source(of state: GraphRewriter.Value) -> GraphRewriter.Value? { sources[state] }

  /// Records that values are computed from others in the same step, and by which layer.
  mutating func derive(_ results: [GraphRewriter.Value], from inputs: [GraphRewriter.Value], in scope: String) {
    let most = inputs.map(history(of:)).max() ?? 0
    for result in results { (history[result], labels[result]) = (most, scope) }
  }

  /// Returns a value as it was some steps before.
  ///
  /// - Parameters:
  ///   - value: The value.
  ///   - steps: The number of steps.
  ///   - rewriter: The program to which states are added.
  mutating func past(
    _ value: GraphRewriter.Value, by steps: Int, _ rewriter: inout GraphRewriter
  ) throws(GraphError) -> GraphRewriter.Value {
    guard steps > 0 else { return value }
    var ring = states[value] ?? []
    let label = labels[value].map { $0.isEmpty ? "" : "\($0)." } ?? ""
    while ring.count < steps {
      let state = rewriter.addState(free("\(label)past\(ring.count + 1)"), rewriter.type(of: value), initial: 0)
      try rewriter.update(state, to: ring.last ?? value)
      history[state] = history(of: value) + ring.count + 1
      sources[state] = value
      ring.append(state)
    }
    states[value] = ring
    return ring[steps - 1]
  }

  private mutating func free(_ name: String) -> String {
    var (result, number) = (name, 2)
    while !names.insert(result).inserted { (result, number) = ("\(name)_\(number)", number + 1) }
    return result
  }
}
