import Tensors

extension QuantizationTable {
  /// Returns the types of all tensors that a quantized graph needs, by path, in order: its parameters, each followed by
  /// its scales, if any.
  ///
  /// - Throws: ``GraphError`` if the table does not fit the graph.
  public func tensorTypes(for graph: Graph) throws(GraphError) -> [(path: String, type: ValueType)] {
    let points = try points(in: graph)
    let weights = Set(points.weights.map(\.parameter))
    let biases = Set(points.biases.map(\.parameter))
    return graph.parameters.flatMap { parameter -> [(path: String, type: ValueType)] in
      let type = graph.type(parameter.value)
      if biases.contains(parameter.value) { return [(parameter.path, ValueType(type.shape, elementType: .int32))] }
      guard weights.contains(parameter.value) else { return [(parameter.path, type)] }
      return [
        (parameter.path, ValueType(type.shape, elementType: .int8)),
        (Self.scalePath(parameter.path), ValueType(Array(type.shape.prefix(1)))),
      ]
    }
  }

  /// Checks that there is a tensor of the right type for each parameter, and that scales are in range.
  ///
  /// - Parameters:
  ///   - weights: The tensors by path, as ``tensorTypes(for:)`` lists them.
  ///   - graph: The graph.
  /// - Throws: ``GraphError`` that names the first parameter that fails.
  public func check(weights: [String: Tensor], for graph: Graph) throws(GraphError) {
    for (path, type) in try tensorTypes(for: graph) {
      guard let tensor = weights[path], ValueType(tensor) == type else {
        throw .parameter(path: path, expected: type, found: weights[path].map { ValueType($0) })
      }
    }
    for (parameter, _) in try points(in: graph).weights {
      let path = Self.scalePath(graph[parameter].name)
      let scales = weights[path]?.elements(as: Float.self) ?? []
      if let scale = scales.first(where: { !Self.isSensible(scale: $0) }) {
        throw .malformed("a scale in \(path) is \(scale)")
      }
    }
  }

  /// Returns the real numbers that the weights represent, for computing in floating point.
  ///
  /// - Parameters:
  ///   - weights: The tensors by path, as ``tensorTypes(for:)`` lists them.
  ///   - graph: The graph.
  /// - Throws: ``GraphError`` if tensors are missing or of other types.
  public func floatWeights(_ weights: [String: Tensor], for graph: Graph) throws(GraphError) -> [String: Tensor] {
    try check(weights: weights, for: graph)
    let points = try points(in: graph)
    var result: [String: Tensor] = [:]
    for parameter in graph.parameters { result[parameter.path] = weights[parameter.path] }
    for (parameter, _) in points.weights {
      let path = graph[parameter].name
      result[path] = weights[path]?.dequantized(scales: scales(of: parameter, weights, graph))
    }
    for (parameter, node) in points.biases {
      let path = graph[parameter].name
      guard let weight = points.form(of: node)?.layer?.weight, let bias = weights[path] else { continue }
      let unit = inputScale(of: node, points, graph)
      let scales = scales(of: weight, weights, graph)
      let values = zip(bias.elements(as: Int32.self), scales).map { Float($0) * (unit * $1) }
      result[path] = Tensor(values, shape: bias.shape)
    }
    return result
  }

  /// Returns a weight's scales, one for each output channel.
  func scales(of weight: Graph.ValueID, _ weights: [String: Tensor], _ graph: Graph) -> [Float] {
    weights[Self.scalePath(graph[weight].name)]?.elements(as: Float.self) ?? []
  }

  /// Returns the scale of the bytes that a node multiplies.
  ///
  /// - Parameters:
  ///   - node: The index of the node.
  ///   - points: The points of the graph.
  ///   - graph: The graph.
  public func inputScale(of node: Int, _ points: QuantizationPoints, _ graph: Graph) -> Float {
    if let prologue = prologues[graph.resultName(node)] { return prologue.scale }
    return points.form(of: node)?.data.first.flatMap { values[graph[$0].name]?.scale } ?? 1
  }
}

extension Tensor {
  /// Returns the real numbers that bytes `[K, …]` represent, with a scale for each of the K rows.
  public func dequantized(scales: [Float]) -> Tensor {
    let columns = shape.dropFirst().reduce(1, *)
    let values = elements(as: Int8.self)
    return Tensor(values.indices.map { Float(values[$0]) * scales[$0 / columns] }, shape: shape)
  }
}
