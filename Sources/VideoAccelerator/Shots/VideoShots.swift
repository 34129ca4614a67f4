import Preprocessing
import Video

/// The shots of a video: what a camera shows from one cut, or other transition, to the next.
public struct VideoShots: Sendable {
  /// A shot.
  public struct Shot: Sendable, Equatable {
    /// The number of its first frame.
    public let startFrame: Int
    /// The number of its last frame. Frames of a transition that are in no shot lie between this and the next shot's
    /// first frame.
    public let endFrame: Int
    /// The time of its first frame in seconds.
    public let start: Double
    /// The time at which its last frame ends, in seconds.
    public let end: Double
    /// The highest score of its frames; that of the transition at its end, except for the last shot.
    public let score: Float
  }

  /// The shots in order, one at least.
  public let shots: [Shot]
  /// For each frame, the probability that a transition happens there, by the score that is one for a single frame of each.
  public let scores: [Float]
  /// For each frame, the probability that it is part of a transition.
  public let transitionScores: [Float]
  /// The average number of frames per second.
  public let framesPerSecond: Double
  /// The duration of the video in seconds.
  public let duration: Double
  /// What is wrong with the file, if it is damaged but some frames could be decoded; else nil.
  public let damage: String?

  /// Creates the shots of a video from the scores of its frames.
  ///
  /// - Parameters:
  ///   - scores: The probability of a transition at each frame, of one frame at least.
  ///   - transitionScores: The probability that each frame is part of a transition.
  ///   - threshold: The score above which there is a transition.
  ///   - timeline: The times of the frames.
  ///   - framesPerSecond: The average frame rate.
  ///   - damage: What is wrong with the file.
  init(
    scores: [Float], transitionScores: [Float], threshold: Float, timeline: FrameTimeline, framesPerSecond: Double,
    damage: String?
  ) {
    let times = timeline.times
    shots = Self.ranges(scores, threshold: threshold).map { frames in
      Shot(
        startFrame: frames.lowerBound, endFrame: frames.upperBound, start: times[frames.lowerBound],
        end: frames.upperBound + 1 < times.count ? times[frames.upperBound + 1] : timeline.duration,
        score: scores[frames].max() ?? 0)
    }
    self.scores = scores
    self.transitionScores = transitionScores
    self.framesPerSecond = framesPerSecond
    duration = timeline.duration
    self.damage = damage
  }

  /// Returns the frames of each shot: a shot ends with the first of adjacent frames above the threshold, and the next
  /// one begins after the last of them, as in the network's reference implementation.
  static func ranges(_ scores: [Float], threshold: Float) -> [ClosedRange<Int>] {
    var ranges: [ClosedRange<Int>] = []
    var start = 0
    var isTransition = false
    for (frame, score) in scores.enumerated() {
      let wasTransition = isTransition
      isTransition = score > threshold
      if wasTransition, !isTransition { start = frame }
      if !wasTransition, isTransition, frame > 0 { ranges.append(start...frame) }
    }
    if !isTransition, !scores.isEmpty { ranges.append(start...scores.count - 1) }
    return ranges.isEmpty && !scores.isEmpty ? [0...scores.count - 1] : ranges
  }
}
