extension ProfilePage {
  /// The model, the machine, and the figures that one asks for first.
  var headline: Markup {
    let shape = profile.inputShapes.first?.map(String.init).joined(separator: "×") ?? ""
    let threads = "\(profile.threads) thread\(profile.threads == 1 ? "" : "s")"
    let bytes = steps.reduce(0) { $0 + $1.bytes }
    return Page.header(
      eyebrow: "Where the time goes", title: report.model,
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
          "traffic", (Double(bytes) / 1e6).fixed(1), "MB",
          "\((Double(bytes) / profile.latencyMilliseconds / 1e6).fixed(1)) GB/s; memory gives "
            + (report.roofs.memoryBandwidth / 1e9).fixed(0)),
      ])
  }

  /// How it was measured, and what the words mean.
  var method: Markup {
    """
    <footer>
    <h2>How this was measured</h2>
    <p>\(profile.runs) pairs of a usual and a watched run took turns. A step's time is from its start to the next step's: its
    share of a run, the median over the watched ones, times the median run; the rows add up to \(profile.rowsSumMilliseconds, decimals: 2) ms. A usual run takes
    \(profile.latencyMilliseconds, decimals: 2) ms, a watched one \(profile.profiledMilliseconds, decimals: 2) ms. With
    threads, the time is the first worker's, waiting included.</p>
    <p>Two operations count for each multiply-add; elementwise work counts for none. Bytes are values and packed weights,
    each once. The peak and the bandwidths are measured on one core and taken times the number of threads. A step is bound by
    memory where, at its operations per byte, the memory's bandwidth allows less than the peak; more than 100 % of that
    bandwidth means that values came from caches.</p>
    </footer>
    """
  }
}
