import IR

extension Pass {
  /// Fuses an activation into the convolution before it.
  ///
  /// ```
  /// %1 = pointwise(x, weight, bias) {stride: [1, 1, 1], …}
  /// %2 = activation(%1) {function: relu}
  /// ```
  /// becomes
  /// ```
  /// %1 = pointwise(x, weight, bias) {stride: [1, 1, 1], activation: relu, …}
  /// ```
  public static let fuseActivation = Pass(
    "fuse_activation",
    [
      activation(into: Part<Operations.Pointwise>("convolution")),
      activation(into: Part<Operations.Depthwise>("convolution")),
      activation(into: Part<Operations.FusedConvolution>("convolution")),
    ])

  private static func activation<Kind: EndsWithActivation>(into convolution: Part<Kind>) -> Rewrite {
    let activation = Part<Operations.Activation>("activation")
    return Rewrite(
      "\(Kind.name)_activation",
      pattern: Pattern(
        activation, operands: [.onlyUse(of: Pattern(convolution, where: { $0.activation == nil }))])
    ) { match, rewriter throws(GraphError) in
      let host = match[convolution]
      var operation = host.operation
      operation.activation = match[activation].operation.function
      return Array(
        try rewriter.add(
          operation, inputs: try rewriter.values(for: host.inputs), standingFor: [host.index, match[activation].index]
        ).prefix(1))
    }
  }
}
