import Tensors

/// How long plans of the same inputs take beside each other: they run in turns, so that what slows the machine down hits all.
package enum InterleavedBenchmark {
  /// What a plan takes, and how sure that is.
  package struct Latency {
    /// The median, by the median of the ratios to the first plan.
    package let milliseconds: Double
    /// How far the same measurement may be off: three standard errors of the ratio's median, in milliseconds.
    package let uncertainty: Double
  }

  /// The median milliseconds of the first plan, and those of the others by the medians of their ratios to it: of the thread's own
  /// time where there is one, without that of other programs in between. And what the noise of this machine makes of it.
  ///
  /// - Parameters:
  ///   - plans: One or more.
  ///   - time: About how long to measure, all plans together.
  ///   - turns: The fewest turns.
  /// - Throws: `RuntimeError` if a plan does not run.
  package static func measure(
    _ plans: [Plan], on inputs: [Tensor], threads: Int = 1, for time: Duration = .milliseconds(200),
    turns leastTurns: Int = 11
  ) throws -> [Latency] {
    let sessions = try plans.map { try Session($0, threads: threads) }
    for session in sessions { _ = try session.run(inputs) }
    let clock = ContinuousClock()
    let stopwatch: Stopwatch = threads == 1 ? .ownTime : .wall
    let start = clock.now
    var turns: [[Double]] = []
    while turns.count < leastTurns || clock.now - start < time {
      var times = [Double](repeating: 0, count: sessions.count)
      // Each goes first half of the time.
      for index in turns.count % 2 == 0 ? Array(sessions.indices) : sessions.indices.reversed() {
        times[index] = try stopwatch.measure { _ = try sessions[index].run(inputs) }
      }
      turns.append(times)
    }
    let first = median(turns.map { $0[0] })
    return sessions.indices.map { index in
      let ratios = turns.map { $0[index] / $0[0] }.sorted()
      // Quartiles, as a single slow turn says nothing of the others; 1.349 of them make a standard deviation.
      let spread = (ratios[ratios.count * 3 / 4] - ratios[ratios.count / 4]) / 1.349
      return Latency(
        milliseconds: first * median(ratios),
        uncertainty: first * 3 * 1.253 * spread / Double(ratios.count).squareRoot())
    }
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
