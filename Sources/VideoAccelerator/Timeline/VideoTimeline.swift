import Passes
import Foundation
import Preprocessing
import Video

/// What a model says of a video over time: of clips one after the other, closer together than they are long.
public struct VideoTimeline: Sendable {
  /// What the model says of one clip.
  public struct Moment: Sendable {
    /// The seconds that the clip covers.
    public let start, end: Double
    /// The probability of each class, 0…1, by its number.
    public let scores: [Float]

    /// The number of the likeliest class.
    public var best: Int { scores.indices.max { scores[$0] < scores[$1] } ?? 0 }
  }

  /// A part of the video that shows one class.
  public struct Segment: Sendable, Equatable {
    /// What the class is called.
    public let label: String
    /// The class's number.
    public let index: Int
    /// From where to where, in seconds. One segment begins where the other ends, halfway between the middles of their clips, but
    /// for gaps.
    public let start, end: Double
    /// The class's mean probability there, 0…1.
    public let score: Float

    /// How long it lasts, in seconds.
    public var seconds: Double { end - start }
  }

  /// A class and all of its segments.
  public struct Total: Sendable, Equatable {
    /// What the class is called.
    public let label: String
    /// The class's number.
    public let index: Int
    /// How long its segments last together, in seconds.
    public let seconds: Double
    /// The part of the video that this is, 0…1.
    public let share: Double
    /// How many segments these are.
    public let segments: Int
  }

  /// What each class is called.
  public let labels: [String]
  /// The clips, in the order of time; at least one.
  public let moments: [Moment]
  /// From where to where, in seconds, there are no pictures for longer than a clip: no segment covers that.
  public let gaps: [Range<Double>]
  /// Length of the video in seconds.
  public let duration: Double
  /// What is wrong with the file, if it is damaged but some frames could be decoded.
  public let damage: String?
  /// How segments follow from the clips, with all lengths said.
  public let smoothing: Smoothing
  /// The parts of the video, in the order of time.
  public let segments: [Segment]
  /// The stretches with pictures, in the order of time.
  let parts: [Part]

  /// A stretch with pictures, and what is said of it.
  struct Part {
    /// Its clips, as numbers of moments.
    let clips: Range<Int>
    /// From where to where, in seconds.
    let span: Range<Double>
    /// The scores of which segments are made: means over the smoothing's window, for each of its clips.
    let meanScores: [[Float]]
    /// The class of each of its clips.
    fileprivate let best: [Int]
  }

  /// A timeline of clips in the order of time.
  init(
    labels: [String], moments: [Moment], gaps: [Range<Double>], duration: Double, damage: String?,
    smoothing: Smoothing = Smoothing()
  ) {
    self.labels = labels
    self.moments = moments
    self.gaps = gaps
    self.duration = duration
    self.damage = damage
    let smoothing = smoothing.resolved(clipLength: moments.map { $0.end - $0.start }.max() ?? 0)
    self.smoothing = smoothing
    parts = Self.stretches(moments, between: gaps, duration: duration).map { clips, span in
      let classes = SmoothedClasses(Array(moments[clips]), in: span, smoothing)
      return Part(clips: clips, span: span, meanScores: classes.scores, best: classes.best)
    }
    segments = parts.flatMap { Self.segments(of: $0, Array(moments[$0.clips]), labels) }
  }

  /// The classes of the segments, by how long each is seen, the longest first.
  public var totals: [Total] {
    let length = max(duration, 1e-9)
    return Dictionary(grouping: segments, by: \.index).map { index, parts in
      let seconds = parts.reduce(0) { $0 + $1.seconds }
      return Total(
        label: labels[index], index: index, seconds: seconds, share: seconds / length, segments: parts.count)
    }.sorted { ($1.seconds, $0.index) < ($0.seconds, $1.index) }
  }

  /// The numbers of the classes to draw: those of the segments in the order in which they come up, then those that are the
  /// likeliest of a clip.
  var classes: [Int] {
    var seen: [Int] = []
    for index in segments.map(\.index) + moments.map(\.best) where !seen.contains(index) { seen.append(index) }
    return seen
  }

  /// The clips of each stretch between gaps; a clip before a gap begins before it.
  private static func stretches(
    _ moments: [Moment], between gaps: [Range<Double>], duration: Double
  ) -> [(clips: Range<Int>, span: Range<Double>)] {
    var (first, start) = (0, 0.0)
    return (gaps + [duration..<duration]).compactMap { gap in
      let isEnd = gap.isEmpty
      let next = isEnd ? moments.count : moments.firstIndex { $0.start >= gap.lowerBound } ?? moments.count
      defer { (first, start) = (next, gap.upperBound) }
      return next > first ? (first..<next, start..<gap.lowerBound) : nil
    }
  }

  /// Where a segment ends whose last clip this is, in a stretch that ends at a time.
  static func end(of clip: Int, _ moments: [Moment], _ end: Double) -> Double {
    clip == moments.count - 1 ? end : (moments[clip].middle + moments[clip + 1].middle) / 2
  }

  private static func segments(of part: Part, _ moments: [Moment], _ labels: [String]) -> [Segment] {
    var segments: [Segment] = []
    for clips in Array(moments.indices).chunked(by: { part.best[$0] }) {
      let index = part.best[clips[0]]
      let sum = clips.reduce(Float(0)) { $0 + moments[$1].scores[index] }
      segments.append(
        Segment(
          label: labels[index], index: index, start: segments.last?.end ?? part.span.lowerBound,
          end: end(of: clips[clips.count - 1], moments, part.span.upperBound), score: sum / Float(clips.count)))
    }
    return segments
  }
}

extension VideoTimeline.Moment {
  var middle: Double { (start + end) / 2 }
}

extension VideoClassifier {
  /// What the model says of a video over time.
  ///
  /// - Parameters:
  ///   - video: The video.
  ///   - step: Seconds from the start of one clip to that of the next, 0.01 or more; half a clip's length if not given.
  ///   - crops: Square crops of each clip.
  ///   - smoothing: How segments follow from the clips.
  /// - Throws: `FileError` or `VideoError` if it cannot be decoded, ``VideoClassifierError``.
  public func timeline(
    of video: some VideoInput, step: Double? = nil, crops: [SpatialCrop] = [.center],
    smoothing: VideoTimeline.Smoothing = VideoTimeline.Smoothing()
  ) throws -> VideoTimeline {
    try timeline(of: video, step: step, crops: crops, smoothing: smoothing, watch: VideoWatch())
  }

  func timeline(
    of video: some VideoInput, step: Double?, crops: [SpatialCrop], smoothing: VideoTimeline.Smoothing,
    watch: VideoWatch
  ) throws -> VideoTimeline {
    // Nothing is said of parts in which nothing is shown.
    let starts = { (times: FrameTimeline) in
      ClipSampling.consecutive(
        videoDuration: times.duration, clipDuration: recipe.duration, step: step ?? recipe.duration / 2
      ).filter { times.hasFrames(from: $0, duration: recipe.duration) }
    }
    let pass = try results(of: video, crops: crops, watch: watch, starts: starts) { clip, threads in
      try mean(of: [scores(of: clip, threads: threads).probabilities])
    }
    let times = pass.timeline
    let moments = zip(pass.starts, pass.results).map { start, scores in
      VideoTimeline.Moment(
        start: start, end: min(start + recipe.duration, max(times.duration, start)), scores: scores)
    }
    return VideoTimeline(
      labels: (0..<(pass.results.first?.count ?? 0)).map(label), moments: moments,
      gaps: times.gaps(longerThan: recipe.duration), duration: times.duration,
      damage: pass.damage.map { "\($0)" }, smoothing: smoothing)
  }
}
