import IR

extension Pass {
  /// Fuses squeeze-excite's two pointwise convolutions on one position into one operation.
  ///
  /// ```
  /// %1 = mean(x) {axes: [2, 3, 4], keepsAxes: true}
  /// %2 = pointwise(%1, w1, b1) {stride: [1, 1, 1], activation: relu, …}
  /// %3 = pointwise(%2, w2, b2) {stride: [1, 1, 1], activation: sigmoid, …}
  /// ```
  /// becomes
  /// ```
  /// %1 = mean(x) {axes: [2, 3, 4], keepsAxes: true}
  /// %2 = squeeze_excite(%1, w1, b1, w2, b2) {activation: relu}
  /// ```
  /// With a hard sigmoid too. If there are other numbers of means and of scales, only where the scales multiply channels.
  public static let fuseSqueezeExcite = Pass("fuse_squeeze_excite", [squeezeExcite])

  private static var squeezeExcite: Rewrite {
    let reduce = Part<Operations.Pointwise>("reduce")
    let expand = Part<Operations.Pointwise>("expand")
    let isPlain: @Sendable (Operations.Pointwise) -> Bool = {
      !$0.hasScale && !$0.hasResidual && $0.prologueActivation == nil
    }
    return Rewrite(
      "squeeze_excite", block: EfficientBlock.squeezeExcite,
      pattern: Pattern(
        expand, where: { isPlain($0) && [.sigmoid, .hardSigmoid].contains($0.activation) },
        operands: [.onlyUse(of: Pattern(reduce, where: isPlain))]),
      refusal: { match in
        let (mean, scale) = (match.type(match[reduce].inputs[0]), match.type(match[expand].result))
        guard mean.shape.dropFirst(2).allSatisfy({ $0 == 1 }) else { return "its input has more than one position" }
        return mean == scale || match.isFactor(match[expand].result)
          ? nil : "it gives \(scale.shape[1]) channels for \(mean.shape[1])"
      }
    ) { match, rewriter throws(GraphError) in
      let (reduce, expand) = (match[reduce], match[expand])
      return try rewriter.add(
        Operations.SqueezeExcite(
          activation: reduce.operation.activation, gate: expand.operation.activation ?? .sigmoid),
        inputs: try rewriter.values(for: reduce.inputs + expand.inputs.dropFirst()),
        standingFor: [reduce.index, expand.index])
    }
  }
}

extension Match {
  /// Returns whether a value is multiplied with another one.
  fileprivate func isFactor(_ id: Graph.ValueID) -> Bool {
    graph.nodes.contains { ($0.operation as? Operations.Binary)?.function == .multiply && $0.inputs.contains(id) }
  }
}
