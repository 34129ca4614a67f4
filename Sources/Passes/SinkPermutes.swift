import IR
import Tensors

extension Pass {
  /// Turns a linear map of channels into a pointwise convolution, and moves permutations towards the outputs until they
  /// meet and cancel.
  ///
  /// ```
  /// %1 = permute(x) {order: [0, 2, 3, 4, 1]}
  /// %2 = linear(%1, weight, bias)
  /// %3 = permute(%2) {order: [0, 4, 1, 2, 3]}
  /// ```
  /// becomes
  /// ```
  /// %1 = pointwise(x, weight, bias) {stride: [1, 1, 1], …}
  /// ```
  /// An elementwise operation on one value is moved before the permutation, and a mean over axes of the permuted value
  /// becomes one over the axes of the value itself.
  public static let sinkPermutes = Pass(
    "sink_permutes", [permutedLinear, permutedElementwise, permutedMean, permutedTwice, identityPermute])

  private static let permute = Part<Operations.Permute>("permute")

  private static var permutedLinear: Rewrite {
    let linear = Part<Operations.Linear>("linear")
    return Rewrite(
      "permuted_linear", block: EfficientBlock.pointwise,
      pattern: Pattern(
        linear,
        operands: [.onlyUse(of: Pattern(permute, where: { $0.order.last == 1 && (4...5).contains($0.order.count) }))]),
      refusal: { match in
        match.tensor(match[linear].inputs[1]) == nil ? "its weight is computed, not a parameter" : nil
      }
    ) { match, rewriter throws(GraphError) in
      let map = match[linear]
      let y = try rewriter.add(
        Operations.Pointwise(stride: match[permute].operation.order.dropFirst(2).map { _ in 1 }),
        inputs: [
          try rewriter.value(for: match[permute].inputs[0]), try rewriter.value(for: map.inputs[1]),
          try match.bias(of: map, &rewriter),
        ], standingFor: [map.index])
      rewriter.block = nil
      return try rewriter.add(match[permute].operation, inputs: y, standingFor: [match[permute].index])
    }
  }

  private static var permutedElementwise: Rewrite {
    let operation = "elementwise"
    return Rewrite(
      "permuted_elementwise",
      pattern: Pattern(
        any: operation, where: { $0.facts.reach == .element }, operands: [.onlyUse(of: Pattern(permute))]),
      refusal: { match in match.node(operation).inputs.count == 1 ? nil : "it takes several values" }
    ) { match, rewriter throws(GraphError) in
      let y = try rewriter.add(
        match.node(operation).operation, inputs: try rewriter.values(for: match[permute].inputs),
        standingFor: [match.index(operation)])
      return try rewriter.add(match[permute].operation, inputs: y, standingFor: [match[permute].index])
    }
  }

  private static var permutedMean: Rewrite {
    let mean = Part<Operations.Mean>("mean")
    return Rewrite(
      "permuted_mean", pattern: Pattern(mean, operands: [.onlyUse(of: Pattern(permute))])
    ) { match, rewriter throws(GraphError) in
      let (old, order) = (match[mean].operation, match[permute].operation.order)
      let axes = old.axes.map { order[$0] }.sorted()
      let y = try rewriter.add(
        Operations.Mean(axes: axes, keepsAxes: old.keepsAxes),
        inputs: try rewriter.values(for: match[permute].inputs), standingFor: [match[mean].index])
      // The part of the permutation that concerns the remaining axes.
      let left = order.indices.filter { old.keepsAxes || !old.axes.contains($0) }.map { order[$0] }
      let ranks = left.map { axis in left.count { $0 < axis } }
      return try rewriter.add(Operations.Permute(ranks), inputs: y, standingFor: [match[permute].index])
    }
  }

  private static var permutedTwice: Rewrite {
    let first = Part<Operations.Permute>("first")
    return Rewrite(
      "permuted_twice", pattern: Pattern(permute, operands: [.onlyUse(of: Pattern(first))])
    ) { match, rewriter throws(GraphError) in
      let order = match[permute].operation.order.map { match[first].operation.order[$0] }
      return try rewriter.add(
        Operations.Permute(order), inputs: try rewriter.values(for: match[first].inputs),
        standingFor: [match[permute].index, match[first].index])
    }
  }

  private static var identityPermute: Rewrite {
    Rewrite(
      "identity_permute", pattern: Pattern(permute, where: { $0.order == Array($0.order.indices) })
    ) { match, rewriter throws(GraphError) in
      [try rewriter.value(for: match[permute].inputs[0])]
    }
  }
}
