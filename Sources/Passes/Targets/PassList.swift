extension Pass {
  /// Returns the passes for a CPU, in the order in which they run.
  public static func forCPU(transmutingBy rules: [Rewrite]) -> [Pass] {
    [
      // Canonicalization: one form for what can be written in several ways.
      .removeDeadCode,
      .removeDropout,
      .poolToMean,
      .nameActivations,
      .foldParameters,
      .productsToLinear,
      .sinkPermutes,
      .distributeOverConcat,
      .foldBatchNorm,
      .foldScale,
      // Efficient operations in place of plain ones.
      Pass("transmute", rules),
      // Fusion: first what comes after them (the sum before the activation that follows it), …
      .fuseResidual,
      .fuseActivation,
      .fuseSqueezeExcite,
      .fuseMean,
      // … then what comes before, as far as it is not yet fused.
      .fusePrologueActivation,
      .fuseScale,
    ]
  }
}
