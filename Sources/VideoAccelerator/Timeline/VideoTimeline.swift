import Passes
import Foundation
import Preprocessing
import Streams
import Video

/// The classes of a video over time, by the scores of clips that overlap.
public struct VideoTimeline: Sendable {
  /// The scores of a clip.
  public struct Moment: Sendable {
    /// The start and the end of the clip in seconds.
    public let start, end: Double
    /// The probability of each class, 0...1, by its index.
    public let scores: [Float]

    /// The index of the class with the highest score.
    public var best: Int { scores.indices.max { scores[$0] < scores[$1] } ?? 0 }
  }

  /// A part of the video that shows one class.
  public struct Segment: Sendable, Equatable {
    /// The label of the class.
    public let label: String
    /// The index of the class.
    public let index: Int
    /// The start and the end in seconds. Adjacent segments meet halfway between the middles of their clips.
    public let start, end: Double
    /// The mean probability of the class over the segment's clips, 0...1.
    public let score: Float

    /// The duration in seconds.
    public var seconds: Double { end - start }
  }

  /// A class and all of its segments.
  public struct Total: Sendable, Equatable {
    /// The label of the class.
    public let label: String
    /// The index of the class.
    public let index: Int
    /// The total duration of its segments in seconds.
    public let seconds: Double
    /// The share of the video's duration, 0...1.
    public let share: Double
    /// The number of segments.
    public let segments: Int
  }

  /// The label of each class.
  public let labels: [String]
  /// The clips, in the order of time; at least one.
  public let moments: [Moment]
  /// The gaps without pictures that are longer than a clip, in seconds; no segment covers them.
  public let gaps: [Range<Double>]
  /// The duration of the video in seconds.
  public let duration: Double
  /// What is wrong with the file, if it is damaged but some frames could be decoded; else nil.
  public let damage: String?
  /// How the segments were made from the clips, with all durations resolved.
  public let smoothing: Smoothing
  /// The parts of the video, in the order of time.
  public let segments: [Segment]
  /// The stretches of the video between gaps, in the order of time.
  let parts: [Part]

  /// A stretch of the video between gaps, with its classes.
  struct Part {
    /// The indices of its clips in ``moments``.
    let clips: Range<Int>
    /// The start and the end in seconds.
    let span: Range<Double>
    /// The mean scores over the smoothing's window around each of its clips.
    let meanScores: [[Float]]
    /// The class of each of its clips.
    fileprivate let best: [Int]
  }

  /// Creates a timeline of clips in the order of time.
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

  /// The classes of the segments, by descending total duration.
  public var totals: [Total] {
    let length = max(duration, 1e-9)
    return Dictionary(grouping: segments, by: \.index).map { index, parts in
      let seconds = parts.reduce(0) { $0 + $1.seconds }
      return Total(
        label: labels[index], index: index, seconds: seconds, share: seconds / length, segments: parts.count)
    }.sorted { ($1.seconds, $0.index) < ($0.seconds, $1.index) }
  }

  /// The indices of the classes to draw: those of the segments in the order of their first segment, then those with the
  /// highest score of a clip.
  var classes: [Int] {
    var seen: [Int] = []
    for index in segments.map(\.index) + moments.map(\.best) where !seen.contains(index) { seen.append(index) }
    return seen
  }

  /// Returns the clips and the span of each stretch between gaps; a clip belongs to the stretch in which it starts.
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

  /// Returns the end of a segment with the given last clip, in a stretch that ends at `end`.
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
  /// Classifies a video over time.
  ///
  /// - Parameters:
  ///   - video: The video.
  ///   - step: The time from the start of one clip to that of the next in seconds, 0.01 or more; nil for half a clip's
  ///     duration.
  ///   - crops: The square crops of each clip.
  ///   - smoothing: How segments are made from the clips' scores.
  /// - Throws: `FileError` or `VideoError` if the video cannot be decoded; ``/Streams/VideoClassifierError``; `ModelError` if
  ///   the labels do not fit the classes.
  public func timeline(
    of video: some VideoInput, step: Double? = nil, crops: [SpatialCrop] = [.center],
    smoothing: VideoTimeline.Smoothing = VideoTimeline.Smoothing()
  ) throws -> VideoTimeline {
    try timeline(of: video, step: step, crops: crops, smoothing: smoothing, watch: VideoWatch())
  }

  package func timeline(
    of video: some VideoInput, step: Double?, crops: [SpatialCrop], smoothing: VideoTimeline.Smoothing,
    watch: VideoWatch
  ) throws -> VideoTimeline {
    try requireScores()
    let step = step ?? recipe.duration / 2
    guard step >= 0.01, step.isFinite else { throw VideoClassifierError.step(step) }
    // Clips without pictures are not classified.
    let starts = { (times: FrameTimeline) in
      ClipSampling.consecutive(
        videoDuration: times.duration, clipDuration: recipe.duration, step: step
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
