import IR

extension Operations.Slice: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    let shape = builder.shape(node.inputs[0])
    var strides = shape.rowMajorStrides
    let first = selection(length: shape[axis]).first * strides[axis]
    strides[axis] *= step
    return builder.lowerCopy(
      node, to: node.results[0], shape: builder.shape(node.results[0]), first: first, strides: strides)
  }
}

extension Operations.Split: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    let shape = builder.shape(node.inputs[0])
    guard !shape.contains(0), !lengths.contains(0) else { return false }
    let strides = shape.rowMajorStrides
    var start = 0
    for (result, length) in zip(node.results, lengths) {
      _ = builder.lowerCopy(
        node, to: result, shape: builder.shape(result), first: start * strides[axis], strides: strides)
      start += length
    }
    return true
  }
}

extension Operations.Expand: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    let (shape, result) = (builder.shape(node.inputs[0]), builder.shape(node.results[0]))
    let strides = zip(shape.rowMajorStrides, shape).map { $1 == 1 ? 0 : $0 }
    return builder.lowerCopy(
      node, to: node.results[0], shape: result,
      strides: [Int](repeating: 0, count: result.count - shape.count) + strides)
  }
}

extension Operations.Tile: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    // Each axis as two: the copies, and the elements of one.
    let shape = builder.shape(node.inputs[0])
    return builder.lowerCopy(
      node, to: node.results[0], shape: zip(repeats, shape).flatMap { [$0, $1] },
      strides: shape.rowMajorStrides.flatMap { [0, $0] })
  }
}

extension Operations.DepthToSpace: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    let (shape, result) = (builder.shape(node.inputs[0]), builder.shape(node.results[0]))
    let (c, h, w, b) = (result[1], shape[2], shape[3], blockSize)
    let source = keepsChannelsTogether ? [shape[0], c, b, b, h, w] : [shape[0], b, b, c, h, w]
    let order = keepsChannelsTogether ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]
    let strides = source.rowMajorStrides
    return builder.lowerCopy(
      node, to: node.results[0], shape: order.map { source[$0] }, strides: order.map { strides[$0] })
  }
}

extension Operations.SpaceToDepth: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    let (shape, result) = (builder.shape(node.inputs[0]), builder.shape(node.results[0]))
    let source = [shape[0], shape[1], result[2], blockSize, result[3], blockSize]
    let (order, strides) = ([0, 3, 5, 1, 2, 4], source.rowMajorStrides)
    return builder.lowerCopy(
      node, to: node.results[0], shape: order.map { source[$0] }, strides: order.map { strides[$0] })
  }
}

extension Operations.Pad: CPUOperation {
  /// Lowers padding with zeros, and what is removed.
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    let (shape, result) = (builder.shape(node.inputs[0]), builder.shape(node.results[0]))
    let isAdded = (before + after).contains { $0 > 0 }
    let part = shape.indices.map { shape[$0] + min(before[$0], 0) + min(after[$0], 0) }
    guard !isAdded || mode == .constant && value == 0, !part.contains(0) else { return false }
    let source = builder.plain(node.inputs[0])
    let target = builder.newPlain(node.results[0])
    let byteCount = builder.plainLayout(node.results[0]).byteCount
    if isAdded {
      builder.append(
        WorkStep("fill") { memory in
          let run = memory.share(of: byteCount)
          (memory.write(target) + run.lowerBound).initializeMemory(as: UInt8.self, repeating: 0, count: run.count)
        }, reads: [], writes: [target])
    }
    let (from, to) = (shape.rowMajorStrides, result.rowMajorStrides)
    builder.append(
      StridedCopy(
        shape: part, source: from, target: to,
        first: (
          zip(before, from).reduce(0) { $0 + max(-$1.0, 0) * $1.1 },
          zip(before, to).reduce(0) { $0 + max($1.0, 0) * $1.1 }
        ),
        elementType: builder.graph.type(node.results[0]).elementType), from: source, to: target)
    return true
  }
}

extension Operations.Concat {
  /// Adds a copy for each plain input.
  func lowerPlain(_ node: Graph.Node, _ builder: PlanBuilder) -> Bool {
    let strides = builder.shape(node.results[0]).rowMajorStrides
    guard !node.inputs.contains(where: { builder.shape($0).contains(0) }) else { return false }
    let sources = node.inputs.map { builder.plain($0) }
    let target = builder.newPlain(node.results[0])
    var start = 0
    for (id, source) in zip(node.inputs, sources) {
      let shape = builder.shape(id)
      builder.append(
        StridedCopy(
          shape: shape, source: shape.rowMajorStrides, target: strides, first: (0, start * strides[axis]),
          elementType: builder.graph.type(id).elementType), from: source, to: target)
      start += shape[axis]
    }
    return true
  }
}
