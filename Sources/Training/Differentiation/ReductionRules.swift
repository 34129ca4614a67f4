import IR

extension Operations.Reduce: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let gradient = gradients[0] else { return [nil] }
    let x = node.inputs[0]
    let shape = try writer.shape(x)
    let kept = shape.enumerated().map { axes.contains($0.offset) ? 1 : $0.element }
    let dy = try writer.add(Operations.Reshape(kept), [gradient])[0]
    let y = try writer.add(Operations.Reshape(kept), [node.results[0]])[0]
    func binary(
      _ function: BinaryFunction, _ a: Graph.ValueID, _ b: Graph.ValueID
    ) throws(GraphError) -> Graph.ValueID { try writer.add(Operations.Binary(function), [a, b])[0] }
    func unary(_ function: UnaryFunction, _ a: Graph.ValueID) throws(GraphError) -> Graph.ValueID {
      try writer.add(Operations.Unary(function), [a])[0]
    }
    switch function {
    case .sum: return [try writer.add(Operations.ScaledExpand(shape: shape), [dy])[0]]
    case .product: return [try binary(.multiply, dy, binary(.divide, y, x))]
    case .maximum, .minimum:
      // Equal elements share it.
      let isExtreme = try writer.add(Operations.Cast(to: .float32), [binary(.equal, x, y)])[0]
      let count = try writer.add(Operations.Reduce(.sum, axes: axes, keepsAxes: true), [isExtreme])[0]
      return [try binary(.multiply, isExtreme, binary(.divide, dy, count))]
    case .l1: return [try binary(.multiply, dy, unary(.sign, x))]
    case .l2: return [try binary(.multiply, dy, binary(.divide, x, y))]
    case .sumSquare: return [try binary(.multiply, dy, binary(.add, x, x))]
    case .logSum:
      let quotient = try binary(.divide, dy, unary(.exp, y))
      return [try writer.add(Operations.ScaledExpand(shape: shape), [quotient])[0]]
    case .logSumExp: return [try binary(.multiply, dy, unary(.exp, binary(.subtract, x, y)))]
    }
  }
}

extension Operations.LogSoftmax: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil] }
    let softmax = try writer.add(Operations.Unary(.exp), [node.results[0]])[0]
    let sum = try writer.add(Operations.Reduce(.sum, axes: [axis], keepsAxes: true), [dy])[0]
    let share = try writer.add(Operations.Binary(.multiply), [softmax, sum])[0]
    return [try writer.add(Operations.Binary(.subtract), [dy, share])[0]]
  }
}

extension Operations.CumulativeSum: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil] }
    var back = self
    back.isReversed.toggle()
    return [try writer.add(back, [dy])[0]]
  }
}

extension Operations.TopK: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil] }
    let zeros = try writer.zeros(like: node.inputs[0])
    return [try writer.add(Operations.ScatterElements(axis: axis), [zeros, node.results[1], dy])[0]]
  }
}

extension Operations.RMSNorm: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil, nil] }
    let (x, scale) = (node.inputs[0], node.inputs[1])
    let rank = try writer.shape(x).count
    let axes = try Array(rank - writer.shape(scale).count..<rank)
    func binary(
      _ function: BinaryFunction, _ a: Graph.ValueID, _ b: Graph.ValueID
    ) throws(GraphError) -> Graph.ValueID { try writer.add(Operations.Binary(function), [a, b])[0] }
    func mean(_ a: Graph.ValueID) throws(GraphError) -> Graph.ValueID {
      try writer.add(Operations.Mean(axes: axes, keepsAxes: true), [a])[0]
    }
    let squares = try binary(.add, mean(binary(.multiply, x, x)), writer.filled(with: epsilon, shape: []))
    let root = try writer.add(Operations.Unary(.sqrt), [squares])[0]
    let normalized = try binary(.divide, x, root)
    let scaled = try binary(.multiply, dy, scale)
    let share = try binary(.multiply, normalized, mean(binary(.multiply, scaled, normalized)))
    return [
      wanted[0] ? try binary(.divide, binary(.subtract, scaled, share), root) : nil,
      wanted[1] ? try writer.summed(binary(.multiply, dy, normalized), like: scale) : nil,
    ]
  }
}

extension Operations.GroupNorm: Differentiable {
  /// As layer normalization of rows that hold a group each.
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil, nil, nil] }
    let (x, scale) = (node.inputs[0], node.inputs[1])
    let shape = try writer.shape(x)
    let (rows, channels) = (shape[0] * groups, shape[1])
    let length = shape.reduce(1, *) / max(rows, 1)
    let column = [channels] + shape[2...].map { _ in 1 }
    let scaled = try writer.add(
      Operations.Binary(.multiply), [dy, writer.add(Operations.Reshape(column), [scale])[0]])[0]
    let ones = try writer.filled(with: 1, shape: [length])
    let row = try writer.add(Operations.Reshape([rows, length]), [x])[0]
    func sum(_ a: Graph.ValueID) throws(GraphError) -> Graph.ValueID {
      let sums = try writer.add(Operations.SumTo(shape: column), [a])[0]
      return try writer.add(Operations.Reshape([channels]), [sums])[0]
    }
    var result: [Graph.ValueID?] = [nil, nil, nil]
    if wanted[0] {
      let gradient = try writer.add(Operations.Reshape([rows, length]), [scaled])[0]
      let dx = try writer.add(Operations.LayerNormGradient(epsilon: epsilon), [row, ones, gradient])[0]
      result[0] = try writer.add(Operations.Reshape(shape), [dx])[0]
    }
    if wanted[1] {
      let zeros = try writer.filled(with: 0, shape: [length])
      let normalized = try writer.add(Operations.LayerNorm(epsilon: epsilon), [row, ones, zeros])[0]
      let shaped = try writer.add(Operations.Reshape(shape), [normalized])[0]
      result[1] = try sum(writer.add(Operations.Binary(.multiply), [dy, shaped])[0])
    }
    if wanted[2] { result[2] = try sum(dy) }
    return result
  }
}
