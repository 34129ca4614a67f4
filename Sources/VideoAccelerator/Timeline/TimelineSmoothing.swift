import Streams

extension VideoTimeline {
  /// How segments are made from the clips' scores, so that a single outlier does not split a segment.
  ///
  /// Smoothing has three steps:
  ///
  /// 1. **Mean.** A clip's scores become the mean over the clips whose middles are at most half a `window` away.
  /// 2. **Hysteresis.** A clip keeps the class of the previous clip, until the score of another class exceeds that of
  ///    the class by more than `margin`. The change is then moved back to where the other class began to lead.
  /// 3. **Minimum length.** A segment that is shorter than `shortest` is merged into the neighbor whose class has the
  ///    higher scores there, the shortest segments first.
  ///
  /// Clips on two sides of a gap without pictures do not affect each other. The score of a segment is the mean of the
  /// unsmoothed scores.
  public struct Smoothing: Sendable, Equatable {
    /// The window over which scores are averaged, in seconds; nil for a clip's duration.
    public var window: Double?
    /// The lead in score, 0...1, that another class needs to replace the current one.
    public var margin: Double
    /// The minimum duration of a segment in seconds; nil for a clip's duration, but at least one second.
    public var shortest: Double?

    /// Creates a smoothing; the defaults suit clips of any duration.
    ///
    /// - Parameters:
    ///   - window: The window over which scores are averaged, in seconds; nil for a clip's duration.
    ///   - margin: The lead in score, 0...1, that another class needs to replace the current one.
    ///   - shortest: The minimum duration of a segment in seconds; nil for a clip's duration, but at least one second.
    public init(window: Double? = nil, margin: Double = 0.1, shortest: Double? = nil) {
      self.window = window
      self.margin = margin
      self.shortest = shortest
    }

    /// No smoothing: each clip has the class with its highest score.
    public static let none = Smoothing(window: 0, margin: 0, shortest: 0)

    /// Returns the smoothing with its optional durations replaced by those for a clip's duration.
    func resolved(clipLength: Double) -> Smoothing {
      Smoothing(window: window ?? clipLength, margin: margin, shortest: shortest ?? max(clipLength, 1))
    }
  }
}

/// The classes of clips after smoothing.
struct SmoothedClasses {
  /// A range of clips of one class, and its duration.
  private struct Run {
    var clips: Range<Int>
    var best: Int
    var seconds: Double
  }

  /// The mean scores around each clip.
  let scores: [[Float]]
  /// The class of each clip.
  private(set) var best: [Int]

  /// Smooths the classes of clips, given in the order of time.
  ///
  /// - Parameters:
  ///   - span: The span of time that the clips cover, in seconds.
  ///   - smoothing: The smoothing, with its durations resolved.
  /// - Complexity: O(clips × classes).
  init(_ moments: [VideoTimeline.Moment], in span: Range<Double>, _ smoothing: VideoTimeline.Smoothing) {
    scores = Self.means(moments, window: smoothing.window ?? 0)
    best = Self.hysteresis(scores, margin: Float(smoothing.margin))
    removeShort(moments, in: span, shortest: smoothing.shortest ?? 0)
  }

  /// Returns the means over the clips whose middles are at most half a window away, by a sliding window.
  private static func means(_ moments: [VideoTimeline.Moment], window: Double) -> [[Float]] {
    guard window > 0 else { return moments.map(\.scores) }
    var sums = [Double](repeating: 0, count: moments.first?.scores.count ?? 0)
    var (low, high) = (0, 0)
    // A middle that is half a window away, except for rounding, is included.
    let reach = window / 2 + 1e-6
    return moments.map { moment in
      while high < moments.count, moments[high].middle <= moment.middle + reach {
        for (index, score) in moments[high].scores.enumerated() { sums[index] += Double(score) }
        high += 1
      }
      while moments[low].middle < moment.middle - reach {
        for (index, score) in moments[low].scores.enumerated() { sums[index] -= Double(score) }
        low += 1
      }
      return sums.map { Float($0 / Double(high - low)) }
    }
  }

  private static func hysteresis(_ scores: [[Float]], margin: Float) -> [Int] {
    var best: [Int] = []
    for (clip, row) in scores.enumerated() {
      let current = best.last
      let leader = Hysteresis.successor(of: current, in: row, margin: margin)
      guard let current, leader != current else {
        best.append(leader)
        continue
      }
      best.append(leader)
      // The change is moved back to where the class began to lead.
      var earlier = clip - 1
      while earlier > 0, best[earlier] == current, scores[earlier][leader] > scores[earlier][current] {
        best[earlier] = leader
        earlier -= 1
      }
    }
    return best
  }

  /// Merges short runs into their neighbors. Each pass merges runs that are not longer than their neighbors, and no two
  /// adjacent ones, so that each pass over a flicker halves the number of runs.
  private mutating func removeShort(_ moments: [VideoTimeline.Moment], in span: Range<Double>, shortest: Double) {
    let scores = scores
    while true {
      let runs = runs(moments, in: span)
      guard runs.count > 1 else { return }
      var taken: Int?
      for (index, run) in runs.enumerated() where run.seconds < shortest - 1e-6 && taken != index - 1 {
        let neighbours = [index - 1, index + 1].filter(runs.indices.contains).map { runs[$0] }
        guard neighbours.allSatisfy({ run.seconds <= $0.seconds }) else { continue }
        let sum = { (best: Int) in run.clips.reduce(Float(0)) { $0 + scores[$1][best] } }
        guard let heir = neighbours.max(by: { sum($0.best) < sum($1.best) }) else { continue }
        for clip in run.clips { best[clip] = heir.best }
        taken = index
      }
      if taken == nil { return }
    }
  }

  private func runs(_ moments: [VideoTimeline.Moment], in span: Range<Double>) -> [Run] {
    var start = span.lowerBound
    return Array(moments.indices).chunked(by: { best[$0] }).map { clips in
      let last = clips[clips.count - 1]
      let end = VideoTimeline.end(of: last, moments, span.upperBound)
      defer { start = end }
      return Run(clips: clips[0]..<last + 1, best: best[last], seconds: end - start)
    }
  }
}
