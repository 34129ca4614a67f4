/// One class with its score.
public struct Prediction: Sendable, Equatable {
  /// What the class is called.
  public let label: String
  /// The class's number.
  public let index: Int
  /// The probability that the model gives it, 0…1.
  public let score: Float
}

/// What a model says of a video.
public struct VideoClassification: Sendable {
  /// All classes, the likeliest first.
  public let predictions: [Prediction]
  /// Length of the video in seconds.
  public let duration: Double
  /// How much of the video the model saw.
  public let seen: SeenClips
  /// Milliseconds spent decoding and preprocessing.
  public let decodeMilliseconds: Double
  /// Milliseconds spent in the model; where several clips are in it at once, each counts.
  public let inferenceMilliseconds: Double
  /// What was wrong with the file, if it was damaged but some frames could be decoded.
  public let damage: String?

  /// The likeliest classes, so many of them.
  public func top(_ count: Int) -> ArraySlice<Prediction> { predictions.prefix(max(0, count)) }
}

/// What a model computes of a video before it classifies.
public struct VideoFeatures: Sendable {
  /// `[features]`, or one row for each view of a map: the mean over all views.
  public let values: [Float]
  /// Length of the video in seconds.
  public let duration: Double
  /// How much of the video the model saw.
  public let seen: SeenClips
  /// What was wrong with the file, if it was damaged but some frames could be decoded.
  public let damage: String?
}
