import IR

extension Pass {
  /// Fuses the mean of a depthwise convolution's result into the convolution, for squeeze-excite.
  ///
  /// ```
  /// %1 = depthwise(x, weight, bias) {…, emitsMean: false}
  /// %2 = mean(%1) {axes: [2, 3, 4], keepsAxes: true}
  /// ```
  /// becomes
  /// ```
  /// %1, %2 = depthwise(x, weight, bias) {…, emitsMean: true}
  /// ```
  public static let fuseMean = Pass("fuse_mean", [depthwiseMean])

  private static var depthwiseMean: Rewrite {
    let depthwise = Part<Operations.Depthwise>("depthwise")
    let mean = Part<Operations.Mean>("mean")
    return Rewrite(
      "depthwise_mean",
      pattern: Pattern(
        mean, where: { $0.keepsAxes }, operands: [.replaced(Pattern(depthwise, where: { !$0.emitsMean }))]),
      refusal: { match in
        let axes = Array(2..<match.type(match[depthwise].result).rank)
        return match[mean].operation.axes == axes ? nil : "the mean is not over all positions"
      }
    ) { match, rewriter throws(GraphError) in
      let convolution = match[depthwise]
      var operation = convolution.operation
      operation.emitsMean = true
      let results = try rewriter.add(
        operation, inputs: try rewriter.values(for: convolution.inputs),
        standingFor: [convolution.index, match[mean].index])
      rewriter.replace(convolution.result, by: results[0])
      return [results[1]]
    }
  }
}
