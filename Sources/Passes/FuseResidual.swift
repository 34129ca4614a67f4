import IR

extension Pass {
  /// Fuses a residual sum into a convolution; if both summands are convolutions, into the one that is computed last.
  ///
  /// ```
  /// %1 = pointwise(x, weight, bias) {…, hasResidual: false}
  /// %2 = binary(shortcut, %1) {function: add}
  /// ```
  /// becomes
  /// ```
  /// %1 = pointwise(x, weight, bias, shortcut) {…, hasResidual: true}
  /// ```
  public static let fuseResidual = Pass(
    "fuse_residual",
    [
      residual(into: Part<Operations.Pointwise>("convolution")),
      residual(into: Part<Operations.FusedConvolution>("convolution")),
    ])

  private static func residual<Kind: AddsResidual>(into convolution: Part<Kind>) -> Rewrite {
    let sum = Part<Operations.Binary>("sum")
    return Rewrite(
      "\(Kind.name)_residual",
      pattern: Pattern(
        sum, where: { $0.function == .add },
        operands: [.onlyUse(of: Pattern(convolution, where: { $0.activation == nil && !$0.hasResidual })), .anything],
        commutes: true),
      // An epilogue cannot add a sum that broadcasts.
      refusal: { match in
        match[sum].inputs.allSatisfy { match.type($0) == match.type(match[sum].result) } ? nil : "the sum broadcasts"
      }
    ) { match, rewriter throws(GraphError) in
      let host = match[convolution]
      var operation = host.operation
      operation.hasResidual = true
      let others = match[sum].inputs.filter { $0 != host.result }
      return try rewriter.add(
        operation, inputs: try rewriter.values(for: host.inputs + others),
        standingFor: [host.index, match[sum].index])
    }
  }
}
