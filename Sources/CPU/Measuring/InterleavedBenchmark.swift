import Tensors

/// Compares the latencies of plans with the same inputs: they run in turns, so that a disturbance affects all alike.
package enum InterleavedBenchmark {
  /// The latency of a plan, and its uncertainty.
  package struct Latency {
    /// The median in milliseconds, by the median of the ratios to the first plan.
    package let milliseconds: Double
    /// The uncertainty of the measurement: three standard errors of the ratio's median, in milliseconds.
    package let uncertainty: Double
  }

  /// Measures the median latency of the first plan, and those of the others by the medians of their ratios to it.
  ///
  /// With one thread, the thread's own time counts, and not that of other programs.
  ///
  /// - Parameters:
  ///   - plans: One or more plans.
  ///   - inputs: One tensor per input.
  ///   - threads: The number of threads.
  ///   - time: The approximate time for measuring all plans together.
  ///   - turns: The smallest number of turns.
  /// - Throws: `RuntimeError` if a plan does not run.
  package static func measure(
    _ plans: [Plan], on inputs: [Tensor], threads: Int = 1, for time: Duration = .milliseconds(200),
    turns leastTurns: Int = 11
  ) throws -> [Latency] {
    let sessions = try plans.map { try Session($0, threads: threads) }
    for session in sessions { _ = try session.run(inputs) }
    let stopwatch: Stopwatch = threads == 1 ? .ownTime : .wall
    let end = Stopwatch.wall.now + time / .milliseconds(1)
    var turns: [[Double]] = []
    while turns.count < leastTurns || Stopwatch.wall.now < end {
      var times = [Double](repeating: 0, count: sessions.count)
      // Each plan is the first in half of the turns.
      for index in turns.count % 2 == 0 ? Array(sessions.indices) : sessions.indices.reversed() {
        times[index] = try stopwatch.measure { _ = try sessions[index].run(inputs) }
      }
      turns.append(times)
    }
    let first = median(turns.map { $0[0] })
    return sessions.indices.map { index in
      let ratios = turns.map { $0[index] / $0[0] }.sorted()
      // By quartiles, so that a single slow turn does not count; 1.349 standard deviations lie between them.
      let spread = (ratios[ratios.count * 3 / 4] - ratios[ratios.count / 4]) / 1.349
      return Latency(
        milliseconds: first * median(ratios),
        uncertainty: first * 3 * 1.253 * spread / Double(ratios.count).squareRoot())
    }
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
