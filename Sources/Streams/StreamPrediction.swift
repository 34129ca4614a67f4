/// The class of a stream at a time.
public struct StreamPrediction: Sendable, Equatable {
  /// The timestamp in seconds of the newest frame that the prediction depends on.
  public let timestamp: Double
  /// The class with its averaged score. It stays until another class leads by the margin of ``StreamOptions``, so it may not have
  /// the highest score.
  public let best: Prediction
  /// The classes with the highest averaged scores, by descending score.
  public let top: [Prediction]
  /// Whether the class differs from that of the previous prediction, or there is none.
  public let hasChanged: Bool
  /// The time from when the frame was pushed to when the prediction was ready.
  public package(set) var latency: Duration

  /// The label of the class.
  public var label: String { best.label }
  /// The index of the class.
  public var index: Int { best.index }
  /// The averaged score of the class, 0...1.
  public var score: Float { best.score }
}

/// What a stream has done so far.
public struct StreamCounters: Sendable, Hashable {
  /// The number of frames that were pushed.
  public internal(set) var frames = 0
  /// The number of frames that the model took.
  public internal(set) var sampled = 0
  /// The number of frames between those that the model takes.
  public internal(set) var skipped = 0
  /// The number of times that the model took its last frame again, as none was newer at that time.
  public internal(set) var repeated = 0
  /// The number of predictions.
  public internal(set) var predictions = 0
  /// The number of predictions whose class differs from the previous one's.
  public internal(set) var changes = 0
  /// The number of times that the past was forgotten: after jumps, failures, and by request.
  public internal(set) var resets = 0
  /// The number of jumps in time: backwards, or forward by more than the longest gap.
  public internal(set) var jumps = 0
  /// The number of times that the size of frames changed.
  public internal(set) var sizeChanges = 0
  /// The number of frames that caused an error.
  public internal(set) var failures = 0
  /// The number of frames that a `VideoStream` has dropped, which no other number counts.
  public package(set) var dropped = 0

  /// All numbers, in an order that saved states have.
  static var fields: [WritableKeyPath<StreamCounters, Int>] {
    [
      \.frames, \.sampled, \.skipped, \.repeated, \.predictions, \.changes, \.resets, \.jumps, \.sizeChanges,
      \.failures,
      \.dropped,
    ]
  }
}
