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
    guard let dy = gradients[0] else { return [nil] }
    guard mode == .constant else {
      throw node.noGradient("only padding with a constant has a gradient", in: writer.graph)
    }
    // What was added is removed, and the other way round.
    return [try writer.add(Operations.Pad(before: before.map { -$0 }, after: after.map { -$0 }), [dy])[0]]
  }
}

extension Operations.Split: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    var parts: [Graph.ValueID] = []
    for (result, gradient) in zip(node.results, gradients) {
      if let gradient { parts.append(gradient) } else { parts.append(try writer.zeros(like: result)) }
    }
    return [try writer.add(Operations.Concat(axis: axis), parts)[0]]
  }
}

extension Operations.Expand: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil] }
    return [try writer.summed(dy, like: node.inputs[0])]
  }
}

extension Operations.Tile: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard var dy = gradients[0] else { return [nil] }
    var shape = try writer.shape(node.results[0])
    for (axis, length) in try writer.shape(node.inputs[0]).enumerated() where repeats[axis] != 1 {
      shape[axis] = length
      let copies = Array(shape[..<axis]) + [repeats[axis]] + Array(shape[axis...])
      dy = try writer.add(
        Operations.Reduce(.sum, axes: [axis]), [writer.add(Operations.Reshape(copies), [dy])[0]])[0]
    }
    return [dy]
  }
}

extension Operations.Triangle: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil] }
    return [try writer.add(self, [dy])[0]]
  }
}

extension Operations.DepthToSpace: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil] }
    let (shape, b) = (try writer.shape(node.inputs[0]), blockSize)
    let channels = shape[1] / (b * b)
    let moved = try writer.add(Operations.SpaceToDepth(blockSize: b), [dy])[0]
    if !keepsChannelsTogether { return [moved] }
    let blocks = try writer.add(Operations.Reshape([shape[0], b * b, channels, shape[2] * shape[3]]), [moved])[0]
    let together = try writer.add(Operations.Permute([0, 2, 1, 3]), [blocks])[0]
    return [try writer.add(Operations.Reshape(shape), [together])[0]]
  }
}

extension Operations.SpaceToDepth: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil] }
    return [
      try writer.add(Operations.DepthToSpace(blockSize: blockSize, keepsChannelsTogether: false), [dy])[0]
    ]
  }
}

extension Operations.Resize: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil] }
    return [
      try writer.add(Operations.ResizeGradient(resize: self, shape: writer.shape(node.inputs[0])), [dy])[0]
    ]
  }
}
