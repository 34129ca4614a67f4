/// Chooses the time spans of a video that become clips.
public enum ClipSampling {
  /// The largest number of clips of a video if no number is asked for.
  public static let mostClips = 10

  /// Returns how many clips fit into a video one after the other: 1 to ``mostClips``.
  ///
  /// - Parameters:
  ///   - videoDuration: The duration of the video in seconds.
  ///   - clipDuration: The duration of a clip in seconds, such as ``ClipRecipe/duration``.
  public static func fittingCount(videoDuration: Double, clipDuration: Double) -> Int {
    let fitting = videoDuration / clipDuration
    // Half a frame's rounding must not cost the last clip.
    return fitting.isFinite ? Int(min(max((fitting + 0.01).rounded(.down), 1), Double(mostClips))) : 1
  }

  /// Returns the start times, in seconds, of `count` clips spread over a video.
  ///
  /// For two or more clips these are PyTorchVideo's `ConstantClipsPerVideoSampler`: clip k starts at k · max(0, video −
  /// clip) / count. A single clip is at the center of the video, where that sampler takes the first seconds: the
  /// beginning of a video says the least about it.
  ///
  /// - Parameters:
  ///   - count: The number of clips.
  ///   - videoDuration: The duration of the video in seconds; if it is shorter than a clip, every clip starts at 0.
  ///   - clipDuration: The duration of a clip in seconds, such as ``ClipRecipe/duration``.
  public static func uniform(count: Int, videoDuration: Double, clipDuration: Double) -> [Double] {
    guard count > 0 else { return [] }
    let latest = latestStart(videoDuration: videoDuration, clipDuration: clipDuration)
    if count == 1 { return [latest / 2] }
    return (0..<count).map { latest * Double($0) / Double(count) }
  }

  /// Returns the start, in seconds, of a clip at a random place of a video, for training (PyTorchVideo's
  /// `RandomClipSampler`).
  public static func random(
    videoDuration: Double, clipDuration: Double, using generator: inout some RandomNumberGenerator
  ) -> Double {
    .random(in: 0...latestStart(videoDuration: videoDuration, clipDuration: clipDuration), using: &generator)
  }

  /// Returns the starts, in seconds, of clips at regular intervals, from the first of a video to its last.
  ///
  /// - Parameters:
  ///   - videoDuration: The duration of the video in seconds.
  ///   - clipDuration: The duration of a clip in seconds, such as ``ClipRecipe/duration``.
  ///   - step: The seconds from one start to the next, at least 0.01.
  public static func consecutive(videoDuration: Double, clipDuration: Double, step: Double) -> some Sequence<Double> {
    let latest = latestStart(videoDuration: videoDuration, clipDuration: clipDuration)
    // A last clip that hardly differs from the one before adds no information.
    let steps = (latest / max(step, 0.01)).rounded(.toNearestOrAwayFromZero)
    return (0...Int(min(steps, 1e9))).lazy.map { steps > 0 ? latest * Double($0) / steps : 0 }
  }

  private static func latestStart(videoDuration: Double, clipDuration: Double) -> Double {
    let latest = videoDuration - clipDuration
    return latest.isFinite ? max(0, latest) : 0
  }
}

/// Chooses the frames of a time span that become the frames of a clip.
public enum TemporalSubsample {
  /// Returns the indices of `count` frames spread evenly over `available` ones, including the first and the last.
  ///
  /// Equal, index for index, to PyTorchVideo's `uniform_temporal_subsample`: `torch.linspace(0, available - 1, count)`
  /// in float32, truncated. PyTorch fills the second half from the end, with one rounding for product and difference.
  /// If there are fewer frames than requested, frames repeat.
  ///
  /// - Returns: Ascending indices in `0 ..< available`, which may repeat; none if either number is not positive.
  public static func indices(available: Int, count: Int) -> [Int] {
    guard available > 0, count > 0 else { return [] }
    guard count > 1 else { return [0] }
    let end = Float(available - 1)
    let step = end / Float(count - 1)
    return (0..<count).map { position in
      let value =
        position < count / 2
        ? step * Float(position)
        : end.addingProduct(-step, Float(count - 1 - position))
      return min(max(Int(value), 0), available - 1)
    }
  }
}
