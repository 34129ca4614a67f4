import IR

extension Operations.Dropout: CPUOperation {
  /// The numbers stay at their places.
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    let (input, result) = (node.inputs[0], node.results[0])
    if let layout = builder.heldLayout(input), !builder.isPlain(input) {
      builder.alias(result, .channelsLast(layout), at: builder.pixels(input, layout))
    } else {
      builder.alias(result, builder.plainLayout(result), at: builder.plain(input))
    }
    return true
  }
}

extension Operations.Reshape: CPUOperation {
  /// The numbers stay at their places.
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    let (input, result) = (node.inputs[0], node.results[0])
    // An image of one pixel has the same layout as a row of its channels.
    if let from = builder.channelsLast(input), let to = builder.channelsLast(result), from.pixels == 1, to.pixels == 1,
      from.images == to.images, from.channels == to.channels
    {
      builder.alias(result, .channelsLast(to.floats), at: builder.pixels(input, from.floats))
    } else {
      builder.alias(result, builder.plainLayout(result), at: builder.plain(input))
    }
    return true
  }
}

extension Operations.Permute: CPUOperation {
  /// If only axes of length 1 are permuted, the numbers stay at their places; otherwise they are copied.
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    let (input, result) = (node.inputs[0], node.results[0])
    let lengths = builder.shape(input)
    let moved = order.filter { lengths[$0] != 1 }
    guard moved == moved.sorted() else {
      let strides = lengths.rowMajorStrides
      return builder.lowerCopy(node, to: result, shape: order.map { lengths[$0] }, strides: order.map { strides[$0] })
    }
    builder.alias(result, builder.plainLayout(result), at: builder.plain(input))
    return true
  }
}
