import IR

extension Operations.Linear: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return node.inputs.map { _ in nil } }
    var result = [Graph.ValueID?](repeating: nil, count: node.inputs.count)
    if wanted[0] {
      result[0] = try writer.add(Operations.LinearInputGradient(), [dy, node.inputs[1]])[0]
    }
    if wanted[1] { result[1] = try writer.add(Operations.LinearWeightGradient(), [node.inputs[0], dy])[0] }
    if wanted.count > 2, wanted[2] { result[2] = try writer.summed(dy, like: node.inputs[2]) }
    return result
  }
}

extension Operations.MatMul: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil, nil] }
    let (a, b) = (node.inputs[0], node.inputs[1])
    func product(_ left: Graph.ValueID, _ right: Graph.ValueID) throws(GraphError) -> Graph.ValueID {
      try writer.add(Operations.MatMul(), [left, right])[0]
    }
    return [
      wanted[0] ? try writer.summed(product(dy, writer.transposed(b)), like: a) : nil,
      wanted[1] ? try writer.summed(product(writer.transposed(a), dy), like: b) : nil,
    ]
  }
}

extension GraphWriter {
  /// Returns a value with its last two axes swapped.
  fileprivate mutating func transposed(_ id: Graph.ValueID) throws(GraphError) -> Graph.ValueID {
    let rank = try shape(id).count
    return try add(Operations.Permute(Array(0..<rank - 2) + [rank - 1, rank - 2]), [id])[0]
  }
}
