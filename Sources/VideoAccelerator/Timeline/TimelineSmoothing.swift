extension VideoTimeline {
  /// How segments follow from the clips' scores, so that one odd clip does not cut a segment in two.
  ///
  /// Three steps, in this order:
  ///
  /// 1. **Mean.** A clip's scores become the mean over the clips whose middles are at most half a `window` away.
  /// 2. **Hysteresis.** The class of a clip is that of the clip before, until another class leads it by more than `margin`. The
  ///    change is then put where that class began to lead.
  /// 3. **Least length.** A segment that is shorter than `shortest` goes to the neighbour whose class has the higher scores
  ///    there, the shortest segments first.
  ///
  /// What lies on two sides of a gap without pictures has no part in each other. Scores themselves are never changed: a segment's score is the mean of what the model said.
  public struct Smoothing: Sendable, Equatable {
    /// The seconds over which scores are averaged; nil: a clip's length.
    public var window: Double?
    /// By how much, 0…1, another class must lead before it takes over.
    public var margin: Double
    /// The seconds that a segment lasts at least; nil: a clip's length, but no less than a second.
    public var shortest: Double?

    /// A smoothing; the defaults suit clips of any length.
    public init(window: Double? = nil, margin: Double = 0.1, shortest: Double? = nil) {
      self.window = window
      self.margin = margin
      self.shortest = shortest
    }

    /// Each clip is what it is by itself.
    public static let none = Smoothing(window: 0, margin: 0, shortest: 0)

    /// The same with all lengths said.
    func resolved(clipLength: Double) -> Smoothing {
      Smoothing(window: window ?? clipLength, margin: margin, shortest: shortest ?? max(clipLength, 1))
    }
  }
}

/// The classes of clips after smoothing.
struct SmoothedClasses {
  /// A range of clips of one class, and how long it lasts.
  private struct Run {
    var clips: Range<Int>
    var best: Int
    var seconds: Double
  }

  /// The mean scores around each clip.
  let scores: [[Float]]
  /// The class of each clip.
  private(set) var best: [Int]

  /// The classes of clips in the order of time.
  ///
  /// - Parameters:
  ///   - span: From where to where these clips are all that is said.
  ///   - smoothing: With its lengths said.
  /// - Complexity: O(clips × classes).
  init(_ moments: [VideoTimeline.Moment], in span: Range<Double>, _ smoothing: VideoTimeline.Smoothing) {
    scores = Self.means(moments, window: smoothing.window ?? 0)
    best = Self.hysteresis(scores, margin: Float(smoothing.margin))
    removeShort(moments, in: span, shortest: smoothing.shortest ?? 0)
  }

  /// The mean over the clips whose middles are at most half a window away, as a window that slides along.
  private static func means(_ moments: [VideoTimeline.Moment], window: Double) -> [[Float]] {
    guard window > 0 else { return moments.map(\.scores) }
    var sums = [Double](repeating: 0, count: moments.first?.scores.count ?? 0)
    var (low, high) = (0, 0)
    // Middles that are half a window away but for rounding are within.
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
      let leader = row.indices.max { row[$0] < row[$1] } ?? 0
      let current = best.last ?? leader
      guard leader != current, row[leader] - row[current] > margin else {
        best.append(current)
        continue
      }
      best.append(leader)
      // Back to where it began to lead.
      var earlier = clip - 1
      while earlier > 0, best[earlier] == current, scores[earlier][leader] > scores[earlier][current] {
        best[earlier] = leader
        earlier -= 1
      }
    }
    return best
  }

  /// Gives short runs to their neighbours. Each pass takes those that are no longer than the runs beside them, and no two in a
  /// row, so that at most half of what is left remains in each pass over a flicker.
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
