extension Pass {
  /// The passes for a CPU, in the order in which they run.
  public static func forCPU(transmutingBy rules: [Rewrite]) -> [Pass] {
    [
      // One form for what can be written in several ways.
      .removeDeadCode,
      .removeDropout,
      .poolToMean,
      .sinkPermutes,
      .foldBatchNorm,
      // Efficient operations in place of plain ones.
      Pass("transmute", rules),
      // What surrounds them moves into them: first what comes after (the sum before the activation that follows it), …
      .fuseResidual,
      .fuseActivation,
      .fuseSqueezeExcite,
      .fuseMean,
      // … then what comes before and found no place there.
      .fusePrologueActivation,
      .fuseScale,
    ]
  }
}
