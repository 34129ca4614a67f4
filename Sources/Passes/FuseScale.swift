import IR

extension Pass {
  /// Fuses the scaling of a pointwise convolution's input channels, as by squeeze-excite, into the convolution.
  ///
  /// ```
  /// %1 = squeeze_excite(mean, w1, b1, w2, b2)
  /// %2 = binary(x, %1) {function: multiply}
  /// %3 = pointwise(%2, weight, bias) {…, prologueActivation: swish, hasScale: false}
  /// ```
  /// becomes
  /// ```
  /// %1 = squeeze_excite(mean, w1, b1, w2, b2)
  /// %2 = pointwise(x, weight, bias, %1) {…, prologueActivation: swish, hasScale: true}
  /// ```
  public static let fuseScale = Pass("fuse_scale", [scale])

  private static let product = Part<Operations.Binary>("product")

  private static var scale: Rewrite {
    let pointwise = Part<Operations.Pointwise>("pointwise")
    return Rewrite(
      "scale",
      pattern: Pattern(
        pointwise, where: { !$0.hasScale },
        operands: [.onlyUse(of: Pattern(product, where: { $0.function == .multiply }))]),
      refusal: { match in scaled(match) == nil ? "it is not one factor for each clip and channel" : nil }
    ) { match, rewriter throws(GraphError) in
      let convolution = match[pointwise]
      guard let (x, scale) = scaled(match) else { return [try rewriter.value(for: convolution.result)] }
      var operation = convolution.operation
      operation.hasScale = true
      // The scale comes before a residual.
      let inputs = [x] + convolution.inputs[1..<3] + [scale] + convolution.inputs[3...]
      return try rewriter.add(
        operation, inputs: try rewriter.values(for: inputs),
        standingFor: [convolution.index, match[product].index])
    }
  }

  /// Returns which operand of the product is the value and which its scale, `[N, C, 1, 1, 1]`.
  private static func scaled(_ match: Match) -> (x: Graph.ValueID, scale: Graph.ValueID)? {
    let inputs = match[product].inputs
    let result = match.type(match[product].result)
    for (x, scale) in [(inputs[0], inputs[1]), (inputs[1], inputs[0])] where match.type(x) == result {
      let perChannel = Array(result.shape.prefix(2)) + result.shape.dropFirst(2).map { _ in 1 }
      if match.type(scale).shape == perChannel { return (x, scale) }
    }
    return nil
  }
}
