import Tensors

/// Runs a graph with the reference implementation of each operation: slow, and correct by definition.
public struct Interpreter: Sendable {
  private let graph: Graph
  private let weights: [String: Tensor]
  /// The values whose last use is at a node, by its index.
  private let lastUses: [Int: [Graph.ValueID]]

  /// Creates an interpreter of a graph with its weights, by path.
  ///
  /// - Parameters:
  ///   - graph: The graph, in any form.
  ///   - weights: The parameters, by path.
  /// - Throws: ``GraphError`` if the graph is not well-formed or a weight is missing or of another type.
  public init(_ graph: Graph, weights: [String: Tensor]) throws(GraphError) {
    try graph.verify()
    try graph.check(weights: weights)
    self.graph = graph
    self.weights = Dictionary(
      uniqueKeysWithValues: graph.parameters.compactMap { parameter in
        weights[parameter.path].map { (parameter.path, graph.type(parameter.value).value(of: $0)) }
      })
    let links = GraphLinks(graph)
    lastUses = Dictionary(
      grouping: graph.nodes.flatMap { $0.inputs + $0.results }.filter { !links.isFinal($0) }
    ) { links.lastUse(of: $0) ?? links.producers[$0] ?? 0 }
  }

  /// Runs the graph with the initial values of its states.
  ///
  /// - Parameters:
  ///   - inputs: A tensor for each input of the graph, in order.
  ///   - prepare: Called before each operation with its inputs, which it can replace, for observation or calibration.
  /// - Returns: A tensor for each output.
  /// - Throws: ``GraphError`` if an input does not fit, or an operation cannot take the values of its inputs; what
  ///   `prepare` throws.
  public func run(
    _ inputs: [Tensor], prepare: (Graph.Node, inout [Tensor]) throws -> Void = { _, _ in }
  ) throws -> [Tensor] {
    var states: [String: Tensor] = [:]
    return try run(inputs, states: &states, prepare: prepare)
  }

  /// Runs the graph as one of several consecutive runs.
  ///
  /// - Parameters:
  ///   - inputs: A tensor for each input of the graph, in order.
  ///   - states: The states by name; empty before the first run. Replaced by those for the next run.
  ///   - prepare: As in ``run(_:prepare:)``.
  /// - Returns: A tensor for each output.
  /// - Throws: As ``run(_:prepare:)``; ``StateError`` if the states do not fit.
  public func run(
    _ inputs: [Tensor], states: inout [String: Tensor],
    prepare: (Graph.Node, inout [Tensor]) throws -> Void = { _, _ in }
  ) throws -> [Tensor] {
    let shapes = inputs.map(\.shape)
    let graph = try self.graph.specialized(to: shapes)
    try graph.check(inputs: inputs)
    try graph.checkMemory()
    var values = Dictionary(uniqueKeysWithValues: zip(graph.inputs, inputs))
    try values.merge(graph.states(from: states)) { _, new in new }
    for parameter in graph.parameters { values[parameter.value] = weights[parameter.path] }
    for (index, node) in graph.nodes.enumerated() {
      var operands = node.inputs.compactMap { values[$0] }
      try prepare(node, &operands)
      for (id, result) in zip(node.results, try node.operation.evaluate(operands, scope: node.scope)) {
        values[id] = result
      }
      for id in lastUses[index] ?? [] { values[id] = nil }
    }
    states = graph.states { values[$0] }
    return graph.outputs.compactMap { values[$0] }
  }
}

extension Graph {
  /// Checks that no value is larger than any memory; the shapes must be known.
  ///
  /// - Throws: ``GraphError/operation(_:scope:inputs:reason:)`` for the first result that is too large,
  ///   ``GraphError/malformed(_:)`` for such a state.
  public func checkMemory() throws(GraphError) {
    for id in states.map(\.value) where !fitsMemory(type(id)) {
      throw .malformed("the state '\(self[id].name)' is \(type(id)), which is too large")
    }
    for node in nodes {
      for id in node.results where !fitsMemory(type(id)) {
        throw .operation(
          node.operation.name, scope: node.scope, inputs: node.inputs.map { type($0) },
          reason: "the result \(type(id)) is too large")
      }
    }
  }

  private func fitsMemory(_ type: ValueType) -> Bool {
    guard let shape = type.fixedShape, let bytes = Tensor.byteCount(shape: shape, elementType: type.elementType) else {
      return false
    }
    return bytes <= 1 << 35
  }
}
