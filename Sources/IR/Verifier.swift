extension Graph {
  /// Checks that the graph is well-formed: every value is defined once, before its use; types follow from the operations;
  /// names and paths are unique; each state is updated, by a value of its type.
  ///
  /// - Throws: ``GraphError`` for the first problem, such as an error while building.
  /// - Complexity: O(values + operations).
  public func verify() throws(GraphError) {
    if let buildError { throw buildError }
    var isDefined = [Bool](repeating: false, count: values.count)
    for id in inputs + parameters.map(\.value) + states.map(\.value) {
      guard values.indices.contains(id.index), !isDefined[id.index] else {
        throw .malformed("an input, parameter or state is not a value of its own")
      }
      isDefined[id.index] = true
    }
    try verifyNames()
    for node in nodes {
      for id in node.inputs {
        guard values.indices.contains(id.index), isDefined[id.index] else {
          throw .malformed("\(node.operation.name) in '\(node.scope)' uses a value before it is computed")
        }
      }
      let types = try resultTypes(of: node.operation, inputs: node.inputs.map { type($0) }, scope: node.scope)
      guard types.count == node.results.count else {
        throw .malformed("\(node.operation.name) in '\(node.scope)' must have \(types.count) results")
      }
      for (id, type) in zip(node.results, types) {
        guard values.indices.contains(id.index), !isDefined[id.index] else {
          throw .malformed("\(node.operation.name) in '\(node.scope)' computes a value that is there already")
        }
        guard self.type(id) == type else {
          throw .malformed("\(self[id].name) is declared as \(self.type(id)), but \(node.operation.name) gives \(type)")
        }
        isDefined[id.index] = true
      }
    }
    guard !outputs.isEmpty else { throw .malformed("the graph has no output") }
    for id in outputs {
      guard values.indices.contains(id.index), isDefined[id.index] else {
        throw .malformed("an output is not computed")
      }
    }
    for state in states {
      try check(state)
      guard isDefined[state.next.index] else {
        throw .malformed("the state '\(self[state.value].name)' is updated to a value that is not computed")
      }
    }
  }

  private func verifyNames() throws(GraphError) {
    var names = Set<String>()
    for id in inputs {
      guard names.insert(self[id].name).inserted else { throw .malformed("two inputs are named '\(self[id].name)'") }
    }
    for id in inputs + parameters.map(\.value) + states.map(\.value) {
      let type = type(id)
      guard type.rank <= ValueType.maximumRank, type.shape.allSatisfy({ ($0.value ?? 0) >= 0 }) else {
        throw .malformed(
          "'\(self[id].name)' cannot be \(type): a value has at most \(ValueType.maximumRank) axes, and no negative length"
        )
      }
    }
    for parameter in parameters {
      guard names.insert(parameter.path).inserted else { throw .duplicatePath(parameter.path) }
      guard type(parameter.value).fixedShape != nil else {
        throw .malformed("the shape of parameter '\(parameter.path)' is not known")
      }
    }
    for state in states {
      guard names.insert(self[state.value].name).inserted else { throw .duplicatePath(self[state.value].name) }
    }
    for id in nodes.lazy.flatMap(\.results) where values.indices.contains(id.index) {
      guard names.insert(self[id].name).inserted else {
        throw .malformed("two values are named '\(self[id].name)'")
      }
    }
  }
}
