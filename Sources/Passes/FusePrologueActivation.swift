import IR

extension Pass {
  /// Fuses the activation of a pointwise convolution's input into the convolution, if nothing else uses it.
  ///
  /// ```
  /// %1 = activation(x) {function: swish}
  /// %2 = pointwise(%1, weight, bias) {stride: [1, 1, 1], …}
  /// ```
  /// becomes
  /// ```
  /// %1 = pointwise(x, weight, bias) {stride: [1, 1, 1], prologueActivation: swish, …}
  /// ```
  public static let fusePrologueActivation = Pass("fuse_prologue_activation", [prologueActivation])

  private static var prologueActivation: Rewrite {
    let activation = Part<Operations.Activation>("activation")
    let pointwise = Part<Operations.Pointwise>("pointwise")
    return Rewrite(
      "prologue_activation",
      pattern: Pattern(
        pointwise, where: { $0.prologueActivation == nil && !$0.hasScale },
        operands: [.onlyUse(of: Pattern(activation))])
    ) { match, rewriter throws(GraphError) in
      let convolution = match[pointwise]
      var operation = convolution.operation
      operation.prologueActivation = match[activation].operation.function
      return try rewriter.add(
        operation, inputs: try rewriter.values(for: match[activation].inputs + convolution.inputs.dropFirst()),
        standingFor: [convolution.index, match[activation].index])
    }
  }
}
