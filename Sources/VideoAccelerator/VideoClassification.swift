import Streams

/// The classes of a video.
public struct VideoClassification: Sendable {
  /// All classes, by descending score.
  public let predictions: [Prediction]
  /// The duration of the video in seconds.
  public let duration: Double
  /// The part of the video that the model was run on.
  public let seen: SeenClips
  /// The time for decoding and preprocessing in milliseconds.
  public let decodeMilliseconds: Double
  /// The time in the model in milliseconds, summed over the clips even if several run at once.
  public let inferenceMilliseconds: Double
  /// What is wrong with the file, if it is damaged but some frames could be decoded; else nil.
  public let damage: String?

  /// Returns the `count` classes with the highest scores.
  ///
  /// - Parameter count: The number of classes.
  public func top(_ count: Int) -> ArraySlice<Prediction> { predictions.prefix(max(0, count)) }
}

/// The output of a model for a video, such as the features that a classifier would take.
public struct VideoFeatures: Sendable {
  /// The mean of the model's output over all views, `[features…]`.
  public let values: [Float]
  /// The duration of the video in seconds.
  public let duration: Double
  /// The part of the video that the model was run on.
  public let seen: SeenClips
  /// What is wrong with the file, if it is damaged but some frames could be decoded; else nil.
  public let damage: String?
}
