import IR

extension Operations.Convolution: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return node.inputs.map { _ in nil } }
    let (x, weight) = (node.inputs[0], node.inputs[1])
    var result = [Graph.ValueID?](repeating: nil, count: node.inputs.count)
    if wanted[0] {
      let size = Array(try writer.shape(x).dropFirst(2))
      result[0] = try writer.add(
        Operations.ConvolutionInputGradient(window: window, groups: groups, inputSize: size), [dy, weight])[0]
    }
    if wanted[1] {
      result[1] = try writer.add(Operations.ConvolutionWeightGradient(window: window, groups: groups), [x, dy])[0]
    }
    if wanted.count > 2, wanted[2] { result[2] = try writer.channelSums(dy) }
    return result
  }
}

extension Operations.BatchNormTraining: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    // Only running statistics are computed from mean and variance, and they have no gradient.
    guard let dy = gradients[0] else { return node.inputs.map { _ in nil } }
    let hasResidual = node.inputs.count == 4
    if activation == nil, hasResidual {
      let own = try writer.add(
        Operations.BatchNormGradient(epsilon: epsilon, usesBatch: true, ranks: ranks),
        [node.inputs[0], dy, node.inputs[1], node.results[1], node.results[2]])
      return own + [dy]
    }
    // The slope follows from values that exist: the argument is computed again from x, or is known from ReLU's result.
    let seen = activation == nil ? [] : [hasResidual ? node.results[0] : node.inputs[2]]
    return try writer.add(
      Operations.BatchNormGradient(
        epsilon: epsilon, usesBatch: true, activation: activation, hasResidual: hasResidual, ranks: ranks),
      [node.inputs[0], dy, node.inputs[1], node.results[1], node.results[2]] + seen)
  }
}

extension Operations.BatchNorm: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil, nil, nil, nil, nil] }
    let own = try writer.add(
      Operations.BatchNormGradient(epsilon: epsilon, usesBatch: false),
      [node.inputs[0], dy, node.inputs[1], node.inputs[3], node.inputs[4]])
    // Mean and variance are given.
    return own + [nil, nil]
  }
}

extension Operations.Pool: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil] }
    return [try writer.add(Operations.PoolGradient(source: .window(self)), [node.inputs[0], dy])[0]]
  }
}

extension Operations.AdaptivePool: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil] }
    return [try writer.add(Operations.PoolGradient(source: .adaptive(self)), [node.inputs[0], dy])[0]]
  }
}

extension GraphWriter {
  /// Returns the sum of each channel of `[N, C, …]`, `[C]`.
  fileprivate mutating func channelSums(_ id: Graph.ValueID) throws(GraphError) -> Graph.ValueID {
    let shape = try shape(id)
    let sums = try add(Operations.SumTo(shape: [shape[1]] + shape.dropFirst(2).map { _ in 1 }), [id])[0]
    return try add(Operations.Reshape([shape[1]]), [sums])[0]
  }
}

extension Operations.TransposedConvolution: Differentiable {
  /// The gradient of x is a convolution with the same weights, whose own gradients are those of that convolution.
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return node.inputs.map { _ in nil } }
    let (x, weight) = (node.inputs[0], node.inputs[1])
    var result = [Graph.ValueID?](repeating: nil, count: node.inputs.count)
    if wanted[0] {
      var dx = try writer.add(Operations.Convolution(window: window, groups: groups), [dy, weight])[0]
      for (axis, length) in try writer.shape(x).enumerated() where try writer.shape(dx)[axis] > length {
        dx = try writer.add(Operations.Slice(axis: axis, start: 0, end: length), [dx])[0]
      }
      result[0] = dx
    }
    if wanted[1] {
      result[1] = try writer.add(Operations.ConvolutionWeightGradient(window: window, groups: groups), [dy, x])[0]
    }
    if wanted.count > 2, wanted[2] { result[2] = try writer.channelSums(dy) }
    return result
  }
}
