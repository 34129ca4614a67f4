#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#elseif canImport(Darwin)
  import Darwin
#endif

/// Averages scores over time and chooses the class, knowing the past alone.
///
/// The mean is weighted, with weights that decay over time, so memory does not depend on its window, and rounding errors
/// decay too.
struct ScoreSmoothing: Equatable {
  /// The time in seconds in which a weight decays by a factor of e.
  let decay: Double
  let margin: Float
  /// The time in seconds that a class stays at least.
  let shortest: Double
  var past: Past?

  /// What earlier scores have left.
  struct Past: Equatable {
    /// The weighted sum of scores of each class, and the sum of weights.
    var sums: [Double], weight: Double
    /// The time of the newest scores in seconds.
    var time: Double
    /// The class, and since when.
    var best: Int, since: Double
  }

  init(_ options: StreamOptions) {
    decay = options.window / 2
    margin = Float(options.margin)
    shortest = options.shortest
  }

  /// Adds the scores at a time in seconds, and returns the averaged scores and the class.
  mutating func add(_ scores: [Float], at time: Double) -> (scores: [Float], best: Int) {
    var next = past ?? Past(sums: scores.map { _ in 0 }, weight: 0, time: time, best: 0, since: time)
    let kept = decay > 0 ? exp((next.time - time) / decay) : 0
    next.weight = next.weight * kept + 1
    for (index, score) in scores.enumerated() { next.sums[index] = next.sums[index] * kept + Double(score) }
    next.time = time
    let means = next.sums.map { Float($0 / next.weight) }
    let current = past.map(\.best)
    let best = Hysteresis.successor(of: current, in: means, margin: margin)
    if best != current, current == nil || time - next.since >= shortest - 1e-6 {
      (next.best, next.since) = (best, time)
    }
    past = next
    return (means, next.best)
  }
}
