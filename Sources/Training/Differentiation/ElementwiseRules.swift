import IR

extension Operations.Activation: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil] }
    let seen = function == .relu ? node.results[0] : node.inputs[0]
    return [try writer.add(Operations.ActivationGradient(function: function), [seen, dy])[0]]
  }
}

extension Operations.Binary: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil, nil] }
    let (a, b) = (node.inputs[0], node.inputs[1])
    func binary(
      _ function: BinaryFunction, _ a: Graph.ValueID, _ b: Graph.ValueID
    ) throws(GraphError) -> Graph.ValueID {
      try writer.add(Operations.Binary(function), [a, b])[0]
    }
    switch function {
    case .add, .subtract:
      return [
        wanted[0] ? try writer.summed(dy, like: a) : nil,
        wanted[1] ? try writer.summed(dy, like: b, factor: function == .add ? 1 : -1) : nil,
      ]
    case .multiply:
      return [
        wanted[0] ? try writer.summed(binary(.multiply, dy, b), like: a) : nil,
        wanted[1] ? try writer.summed(binary(.multiply, dy, a), like: b) : nil,
      ]
    case .divide:
      let quotient = try binary(.divide, dy, b)
      return [
        wanted[0] ? try writer.summed(quotient, like: a) : nil,
        wanted[1] ? try writer.summed(binary(.multiply, quotient, node.results[0]), like: b, factor: -1) : nil,
      ]
    case .power:
      // b · a^(b − 1) and a^b · log a.
      let slope = try binary(.multiply, b, binary(.power, a, binary(.subtract, b, writer.addOnes())))
      return [
        wanted[0] ? try writer.summed(binary(.multiply, dy, slope), like: a) : nil,
        wanted[1]
          ? try writer.summed(
            binary(
              .multiply, binary(.multiply, dy, node.results[0]), writer.add(Operations.Unary(.log), [a])[0]), like: b)
          : nil,
      ]
    case .remainder:
      let quotient = try binary(.divide, binary(.subtract, node.results[0], a), b)
      return [
        wanted[0] ? try writer.summed(dy, like: a) : nil,
        wanted[1] ? try writer.summed(binary(.multiply, dy, quotient), like: b) : nil,
      ]
    case .modulo, .equal, .less, .lessOrEqual, .greater, .greaterOrEqual, .and, .or, .xor: return [nil, nil]
    case .maximum, .minimum:
      let shape = try writer.shape(node.results[0])
      let operands = [
        try writer.add(Operations.ScaledExpand(shape: shape), [a])[0],
        try writer.add(Operations.ScaledExpand(shape: shape), [b])[0],
      ]
      let both = try writer.add(Operations.ChoiceGradient(function: function), operands + [dy])
      return [
        wanted[0] ? try writer.summed(both[0], like: a) : nil, wanted[1] ? try writer.summed(both[1], like: b) : nil,
      ]
    }
  }
}

extension Operations.Mean: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard var dy = gradients[0] else { return [nil] }
    let shape = try writer.shape(node.inputs[0])
    let count = axes.reduce(1) { $0 * shape[$1] }
    if !keepsAxes {
      let kept = shape.enumerated().map { axes.contains($0.offset) ? 1 : $0.element }
      dy = try writer.add(Operations.Reshape(kept), [dy])[0]
    }
    return [try writer.add(Operations.ScaledExpand(shape: shape, factor: 1 / Float(max(count, 1))), [dy])[0]]
  }
}

extension Operations.Softmax: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil] }
    return [try writer.add(Operations.SoftmaxGradient(axis: axis), [node.results[0], dy])[0]]
  }
}

extension Operations.LayerNorm: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil, nil, nil] }
    return try writer.add(
      Operations.LayerNormGradient(epsilon: epsilon), [node.inputs[0], node.inputs[1], dy])
  }
}

extension Operations.RandomDropout: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil, nil] }
    return [try writer.add(self, [dy, node.inputs[1]])[0], nil]
  }
}

extension Operations.Dropout: Differentiable {
  /// As in inference: nothing is dropped.
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] { gradients }
}

extension Operations.CrossEntropy: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil, nil] }
    // Targets are given.
    return [try writer.add(Operations.CrossEntropyGradient(batchSize: batchSize), node.inputs + [dy])[0], nil]
  }
}

extension Operations.SumTo: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil] }
    return [try writer.add(Operations.ScaledExpand(shape: writer.shape(node.inputs[0]), factor: factor), [dy])[0]]
  }
}
