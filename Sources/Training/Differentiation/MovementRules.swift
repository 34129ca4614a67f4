import IR

extension Operations.Reshape: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil] }
    return [try writer.add(Operations.Reshape(writer.shape(node.inputs[0])), [dy])[0]]
  }
}

extension Operations.Permute: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil] }
    let inverse = order.indices.map { axis in order.firstIndex(of: axis) ?? axis }
    return [try writer.add(Operations.Permute(inverse), [dy])[0]]
  }
}

extension Operations.Concat: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return node.inputs.map { _ in nil } }
    var start = 0
    var result: [Graph.ValueID?] = []
    for (id, isWanted) in zip(node.inputs, wanted) {
      let length = try writer.shape(id)[axis]
      result.append(
        isWanted
          ? try writer.add(Operations.Slice(axis: axis, start: start, end: start + length), [dy])[0] : nil)
      start += length
    }
    return result
  }
}

extension Operations.Slice: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil] }
    let length = try writer.shape(node.inputs[0])[axis]
    return [
      try writer.add(
        Operations.SliceGradient(axis: axis, start: selection(length: length).first, step: step, length: length),
        [dy])[0]
    ]
  }
}

extension Operations.Pad: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard var dy = gradients[0] else { return [nil] }
    for (axis, length) in try writer.shape(node.inputs[0]).enumerated() where before[axis] + after[axis] > 0 {
      dy = try writer.add(
        Operations.Slice(axis: axis, start: before[axis], end: before[axis] + length), [dy])[0]
    }
    return [dy]
  }
}
