import IR

extension Operations.Gather: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil, nil] }
    let (shape, indices) = (try writer.shape(node.inputs[0]), node.inputs[1])
    let count = try writer.shape(indices).reduce(1, *)
    let (outer, inner) = (shape[..<axis].reduce(1, *), shape[(axis + 1)...].reduce(1, *))
    // The axis first: each index is the position of a part.
    let parts = try writer.add(
      Operations.Permute([1, 0, 2]), [writer.add(Operations.Reshape([outer, count, inner]), [dy])[0]])[0]
    let rows = try writer.add(Operations.Reshape([count, 1]), [indices])[0]
    let sums = try writer.add(
      Operations.ScatterND(reduction: .add),
      [writer.filled(with: 0, shape: [shape[axis], outer, inner]), rows, parts])[0]
    let ordered = try writer.add(Operations.Permute([1, 0, 2]), [sums])[0]
    return [try writer.add(Operations.Reshape(shape), [ordered])[0], nil]
  }
}

extension Operations.GatherElements: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil, nil] }
    let zeros = try writer.zeros(like: node.inputs[0])
    let scatter = Operations.ScatterElements(axis: axis, reduction: .add)
    return [try writer.add(scatter, [zeros, node.inputs[1], dy])[0], nil]
  }
}

extension Operations.GatherND: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil, nil] }
    guard batchRank == 0 else {
      throw node.noGradient("positions in each batch have no gradient", in: writer.graph)
    }
    let zeros = try writer.zeros(like: node.inputs[0])
    return [try writer.add(Operations.ScatterND(reduction: .add), [zeros, node.inputs[1], dy])[0], nil]
  }
}

extension Operations.ScatterElements: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil, nil, nil] }
    guard reduction == nil || reduction == .add else {
      throw node.noGradient("updates that are only added or replace elements have a gradient", in: writer.graph)
    }
    let replaced =
      try reduction == .add
      ? dy
      : writer.add(
        Operations.ScatterElements(axis: axis), [dy, node.inputs[1], writer.zeros(like: node.inputs[2])])[0]
    return [replaced, nil, try writer.add(Operations.GatherElements(axis: axis), [dy, node.inputs[1]])[0]]
  }
}

extension Operations.ScatterND: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil, nil, nil] }
    guard reduction == nil || reduction == .add else {
      throw node.noGradient("updates that are only added or replace elements have a gradient", in: writer.graph)
    }
    let replaced =
      try reduction == .add
      ? dy
      : writer.add(Operations.ScatterND(), [dy, node.inputs[1], writer.zeros(like: node.inputs[2])])[0]
    return [replaced, nil, try writer.add(Operations.GatherND(), [dy, node.inputs[1]])[0]]
  }
}
