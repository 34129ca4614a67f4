import IR

extension Pass {
  /// Rewrites average pooling to one position as a mean, so that later passes need to match only one form.
  ///
  /// ```
  /// %1 = adaptive_pool(x) {function: average, outputSize: [1, 1, 1]}
  /// ```
  /// becomes
  /// ```
  /// %1 = mean(x) {axes: [2, 3, 4], keepsAxes: true}
  /// ```
  public static let poolToMean = Pass("pool_to_mean", [globalAveragePool])

  private static var globalAveragePool: Rewrite {
    let pool = Part<Operations.AdaptivePool>("pool")
    return Rewrite(
      "global_average_pool",
      pattern: Pattern(pool, where: { $0.function == .average && $0.outputSize.allSatisfy { $0 == 1 } })
    ) { match, rewriter throws(GraphError) in
      let axes = Array(2..<match.type(match[pool].inputs[0]).rank)
      return try rewriter.add(
        Operations.Mean(axes: axes, keepsAxes: true), inputs: try rewriter.values(for: match[pool].inputs),
        standingFor: [match[pool].index])
    }
  }
}
