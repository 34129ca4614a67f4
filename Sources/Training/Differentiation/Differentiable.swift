import IR

/// An operation with a gradient rule.
protocol Differentiable: Operation {
  /// Adds the operations that compute the gradients of a node's inputs from those of its results.
  ///
  /// - Parameters:
  ///   - node: The node, in the writer's graph.
  ///   - gradients: The gradients of the node's results; nil where the loss does not depend on a result.
  ///   - wanted: For each input, whether its gradient is needed.
  ///   - writer: The graph to add to.
  /// - Returns: One gradient per input, of the input's shape; nil where none is wanted or the input has none.
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?]
}

/// Reverse-mode differentiation, graph to graph: the gradients are values of the same graph.
enum Differentiation {
  /// Adds the gradients of a loss.
  ///
  /// Gradients are summed in the order in which nodes are visited, so the same graph gives the same sums.
  ///
  /// - Parameters:
  ///   - loss: A value `[1]` of the writer's graph.
  ///   - values: The values to differentiate for, of known shapes.
  ///   - writer: The graph to add to.
  /// - Returns: One gradient per value, of its shape; nil where the loss does not depend on it.
  /// - Throws: ``TrainingError/noGradient(operation:scope:)``, `GraphError` if the graph is not well-formed.
  static func gradients(
    of loss: Graph.ValueID, for values: [Graph.ValueID], _ writer: inout GraphWriter
  ) throws -> [Graph.ValueID?] {
    let nodes = writer.graph.nodes
    // The values that the given ones flow into.
    var depends = Set(values)
    for node in nodes where node.inputs.contains(where: depends.contains) { depends.formUnion(node.results) }
    guard depends.contains(loss) else { return values.map { _ in nil } }
    var gradients: [Graph.ValueID: Graph.ValueID] = [:]
    gradients[loss] = try writer.addOnes()
    for node in nodes.reversed() where node.results.contains(where: depends.contains) {
      let results = node.results.map { gradients[$0] }
      guard results.contains(where: { $0 != nil }) else { continue }
      guard let operation = node.operation as? any Differentiable else {
        throw TrainingError.noGradient(operation: node.operation.name, scope: node.scope)
      }
      writer.scope = node.scope
      let wanted = node.inputs.map(depends.contains)
      for (id, gradient) in zip(node.inputs, try operation.gradients(node, results, wanted: wanted, &writer)) {
        guard let gradient, depends.contains(id) else { continue }
        gradients[id] =
          try gradients[id].map { try writer.add(Operations.Binary(.add), [$0, gradient])[0] } ?? gradient
      }
    }
    writer.scope = ""
    return values.map { gradients[$0] }
  }
}

extension GraphWriter {
  /// Returns the gradient of the loss for itself.
  mutating func addOnes() throws(GraphError) -> Graph.ValueID {
    try add(Operations.One(), [])[0]
  }

  /// Returns the gradient of a value that was broadcast to another shape.
  mutating func summed(
    _ gradient: Graph.ValueID, like id: Graph.ValueID, factor: Float = 1
  ) throws(GraphError) -> Graph.ValueID {
    let target = try shape(id)
    if factor == 1, try shape(gradient) == target { return gradient }
    return try add(Operations.SumTo(shape: target, factor: factor), [gradient])[0]
  }
}
