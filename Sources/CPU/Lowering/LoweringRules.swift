import IR

/// How operations are lowered that a plan does not know by itself: those of training.
package protocol LoweringRules: Sendable {
  /// Adds the steps of an operation to a plan; false if it has none for it.
  func lower(_ node: Graph.Node, _ builder: PlanBuilder) -> Bool
}

extension PlanBuilder {
  /// Adds the steps of one operation: in integers where the plan's points say so, else by its rule if that fits, and by the
  /// reference kernel otherwise.
  func lower(_ index: Int) {
    let node = graph.nodes[index]
    start(node)
    if quantization?.points.nodes.contains(index) ?? false {
      lowerIntegers(index)
    } else {
      lowerReals(node)
    }
    settle(node)
  }

  private func lowerIntegers(_ index: Int) {
    switch graph.nodes[index].operation {
    case let operation as Operations.Pointwise: lowerIntegers(operation, index)
    case let operation as Operations.Depthwise: lowerIntegers(operation, index)
    case let operation as Operations.FusedConvolution: lowerIntegers(operation, index)
    case let operation as Operations.Linear: lowerIntegers(operation, index)
    case let operation as Operations.Pool: lowerIntegers(operation, index)
    case let operation as Operations.AdaptivePool: lowerIntegers(operation, index)
    case let operation as Operations.Mean: lowerIntegers(operation, index)
    case let operation as Operations.Binary: lowerIntegers(operation, index)
    default: preconditionFailure("the points let only operations pass that have a form in integers")
    }
  }

  private func lowerReals(_ node: Graph.Node) {
    let isDone =
      switch node.operation {
      case let operation as Operations.Pointwise: lower(operation, node)
      case let operation as Operations.Depthwise: lower(operation, node)
      case let operation as Operations.SqueezeExcite: lower(operation, node)
      case let operation as Operations.FusedConvolution: lower(operation, node)
      case let operation as Operations.Convolution: lower(operation, node)
      case let operation as Operations.BatchNorm: lower(operation, node)
      case let operation as Operations.Linear: lower(operation, node)
      case let operation as Operations.Pool: lower(operation, node)
      case let operation as Operations.AdaptivePool: lower(operation, node)
      case let operation as Operations.Mean: lower(operation, node)
      case let operation as Operations.Activation: lower(operation, node)
      case let operation as Operations.Binary: lower(operation, node)
      case let operation as Operations.Concat: lower(operation, node)
      case let operation as Operations.Softmax: lower(operation, node)
      case is Operations.Dropout, is Operations.Reshape, is Operations.Permute: lowerWithoutWork(node)
      default: false
      }
    if !isDone, !(rules?.lower(node, self) ?? false) { lowerToReference(node) }
  }

  /// Operations that leave the numbers where they are.
  private func lowerWithoutWork(_ node: Graph.Node) -> Bool {
    let (input, result) = (node.inputs[0], node.results[0])
    switch node.operation {
    case is Operations.Dropout:
      break
    case is Operations.Reshape:
      // One pixel per image lies as the row of its channels does.
      if let from = channelsLast(input), let to = channelsLast(result), from.pixels == 1, to.pixels == 1,
        from.images == to.images, from.channels == to.channels
      {
        alias(result, .channelsLast(to.floats), at: pixels(input, from.floats))
        return true
      }
    case let permute as Operations.Permute:
      guard permute.order == Array(permute.order.indices) else { return false }
    default: return false
    }
    if let layout = heldLayout(input), !isPlain(input), node.operation is Operations.Dropout {
      alias(result, .channelsLast(layout), at: pixels(input, layout))
    } else {
      alias(result, .plain(shape: shape(result)), at: plain(input))
    }
    return true
  }
}
