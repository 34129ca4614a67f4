extension ProfilePage {
  /// The model, the machine, and the key figures.
  var headline: Markup {
    let shape = profile.inputShapes.first?.map(String.init).joined(separator: "×") ?? ""
    let threads = "\(profile.threads) thread\(profile.threads == 1 ? "" : "s")"
    let bytes = steps.reduce(0) { $0 + $1.bytes }
    return Page.header(
      eyebrow: "Profile", title: report.model,
      facts: [shape, report.precision.rawValue, threads, profile.isa.rawValue, report.processor],
      figures: [
        Page.figure(
          "latency", profile.latencyMilliseconds.fixed(2), "ms", "fastest \(profile.fastestMilliseconds.fixed(2)) ms"),
        Page.figure(
          "speed", (report.flopsPerSecond / 1e9).fixed(0), "GFLOP/s",
          "\((Double(profile.multiplyAdds) / 1e9).fixed(3)) G multiply-adds"),
        Page.figure(
          "share of peak", (report.peakFraction * 100).fixed(0), "%",
          "of \((report.roofs.flops / 1e9).fixed(0)) GFLOP/s measured"),
        Page.figure(
          "memory traffic", (Double(bytes) / 1e6).fixed(1), "MB",
          "\((Double(bytes) / profile.latencyMilliseconds / 1e6).fixed(1)) of "
            + "\((report.roofs.memoryBandwidth / 1e9).fixed(0)) GB/s from memory"),
      ])
  }

  /// How it was measured, and what the terms mean.
  var method: Markup {
    """
    <h2>How this was measured</h2>
    <p>Unprofiled and profiled runs alternate, \(profile.runs) of each. A step's time is its share of a profiled run (from its
    start to the next step's, the median over the runs) times the median unprofiled run; the rows add up to
    \(profile.rowsSumMilliseconds, decimals: 2) ms. An unprofiled run takes \(profile.latencyMilliseconds, decimals: 2) ms, a profiled one
    \(profile.profiledMilliseconds, decimals: 2) ms. With several threads, a step takes until the next one begins.</p>
    <p>A multiply-add counts as two operations; elementwise work is not counted. Bytes are values and packed weights, each
    counted once. Peak and bandwidths are measured on one core and multiplied by the number of threads. A step is memory-bound
    where the memory's bandwidth, at the step's operations per byte, allows less than the peak. More than 100 % of that
    bandwidth means that values came from caches.</p>
    """
  }
}
