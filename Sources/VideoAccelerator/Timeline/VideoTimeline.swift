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

  /// A part of the video in which the likeliest class stays the same.
  public struct Segment: Sendable, Equatable {
    /// What the class is called.
    public let label: String
    /// The class's number.
    public let index: Int
    /// From where to where, in seconds. One segment begins where the other ends: halfway between the middles of their clips.
    public let start, end: Double
    /// The class's mean probability there, 0…1.
    public let score: Float
  }

  /// What each class is called.
  public let labels: [String]
  /// The clips, in the order of time; at least one.
  public let moments: [Moment]
  /// Length of the video in seconds.
  public let duration: Double
  /// What was wrong with the file, if it was damaged but some frames could be decoded.
  public let damage: String?

  /// The parts of the video, in the order of time.
  public var segments: [Segment] {
    var segments: [Segment] = []
    var first = 0
    for index in moments.indices where index == moments.count - 1 || moments[index + 1].best != moments[first].best {
      let best = moments[first].best
      let sum = moments[first...index].reduce(0) { $0 + $1.scores[best] }
      segments.append(
        Segment(
          label: labels[best], index: best, start: segments.last?.end ?? 0,
          end: index == moments.count - 1 ? duration : (moments[index].middle + moments[index + 1].middle) / 2,
          score: sum / Float(index - first + 1)))
      first = index + 1
    }
    return segments
  }

  /// The numbers of the classes that are the likeliest somewhere, in the order in which they come up.
  var classes: [Int] {
    var seen: [Int] = []
    for moment in moments where !seen.contains(moment.best) { seen.append(moment.best) }
    return seen
  }
}

extension VideoTimeline.Moment {
  var middle: Double { (start + end) / 2 }
}

extension VideoClassifier {
  /// What the model says of a video over time.
  ///
  /// - Parameters:
  ///   - path: A video file.
  ///   - step: Seconds from the start of one clip to that of the next, 0.01 or more; half a clip's length if not given.
  ///   - crops: Square crops of each clip.
  /// - Throws: `FileError` or `VideoError` if the file cannot be decoded, ``VideoClassifierError``.
  public func timeline(
    path: String, step: Double? = nil, crops: [SpatialCrop] = [.center]
  ) throws -> VideoTimeline {
    let reader = try VideoReader(path: path)
    let session = try session(crops: crops.count)
    let duration = reader.info.duration
    var moments: [VideoTimeline.Moment] = []
    for start in ClipSampling.consecutive(
      videoDuration: duration, clipDuration: recipe.duration, step: step ?? recipe.duration / 2)
    {
      var builder = try ClipBuilder(recipe: recipe, crops: crops)
      let available = try reader.readFrames(from: start, duration: recipe.duration, count: recipe.frameCount) {
        try builder.place($0, at: $1)
      }
      // A damaged file may end before it says.
      if available == 0, !moments.isEmpty { break }
      var mean = RunningMean()
      mean.add(try probabilities(of: builder.tensor(), session))
      moments.append(
        VideoTimeline.Moment(
          start: start, end: min(start + recipe.duration, max(duration, start)), scores: try scores(mean.values)))
    }
    let classes = moments.first?.scores.count ?? 0
    return VideoTimeline(
      labels: (0..<classes).map(label), moments: moments, duration: duration, damage: reader.damage.map { "\($0)" })
  }
}
