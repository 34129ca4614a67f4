import IR

extension Operations.Unary: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil] }
    return [try writer.add(Operations.UnaryGradient(function: function), [node.inputs[0], dy])[0]]
  }
}

extension Operations.ParametricActivation: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil] }
    return [
      try writer.add(
        Operations.ParametricGradient(function: function, alpha: alpha, beta: beta), [node.inputs[0], dy])[0]
    ]
  }
}

extension Operations.PRelu: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil, nil] }
    let (x, slope) = (node.inputs[0], node.inputs[1])
    let isNegative = try writer.add(Operations.Binary(.less), [x, writer.zeros(like: x)])[0]
    let negative = try writer.masked(dy, by: isNegative)
    let rest = try writer.add(Operations.Binary(.subtract), [dy, negative])[0]
    let scaled = try writer.add(Operations.Binary(.multiply), [negative, slope])[0]
    return [
      wanted[0] ? try writer.add(Operations.Binary(.add), [rest, scaled])[0] : nil,
      wanted[1]
        ? try writer.summed(writer.add(Operations.Binary(.multiply), [negative, x])[0], like: slope) : nil,
    ]
  }
}

extension Operations.Select: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil, nil, nil] }
    let condition = node.inputs[0]
    return [
      nil, wanted[1] ? try writer.summed(writer.masked(dy, by: condition), like: node.inputs[1]) : nil,
      wanted[2]
        ? try writer.summed(
          writer.masked(dy, by: writer.add(Operations.Unary(.not), [condition])[0]), like: node.inputs[2])
        : nil,
    ]
  }
}

extension Operations.Cast: Differentiable {
  /// Nothing flows through values that are not float32, so this is a conversion to float32.
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    elementType == .float32 && writer.graph.type(node.inputs[0]).elementType == .float32 ? gradients : [nil]
  }
}

extension GraphWriter {
  /// Returns zeros of a value's shape.
  mutating func zeros(like id: Graph.ValueID) throws(GraphError) -> Graph.ValueID {
    try filled(with: 0, shape: shape(id))
  }

  /// Returns a value whose elements are all one number.
  mutating func filled(with number: Float, shape: [Int]) throws(GraphError) -> Graph.ValueID {
    let one = try add(Operations.Reshape([Int](repeating: 1, count: shape.count)), [addOnes()])[0]
    return try add(Operations.ScaledExpand(shape: shape, factor: number), [one])[0]
  }

  /// Returns a value where a condition is true, and 0 elsewhere.
  mutating func masked(_ id: Graph.ValueID, by condition: Graph.ValueID) throws(GraphError) -> Graph.ValueID {
    let zero = try filled(with: 0, shape: [])
    return try add(Operations.Select(), [condition, id, zero])[0]
  }
}

extension Graph.Node {
  /// Returns an error that says that the node has no gradient, and why.
  func noGradient(_ reason: String, in graph: Graph) -> GraphError {
    .operation(operation.name, scope: scope, inputs: inputs.map { graph.type($0) }, reason: reason)
  }
}
