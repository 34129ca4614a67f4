/// How a model that takes clips runs on a stream of frames.
public enum StreamMethod: String, Sendable, CaseIterable {
  /// As the model is: frame by frame if it takes frames, else on sliding windows.
  case automatic
  /// Frame by frame, in the model's continual form if it takes clips: each frame is computed once, and each gives a prediction.
  ///
  /// A continual form computes what the network gives for a clip of all frames that a result depends on, without padding in time. A
  /// network that was trained on short clips has learned from their padding: its scores may be others then, and are to be
  /// evaluated first. It lags by ``FrameClassifier/lag``.
  case continual
  /// On clips of the newest frames, as the model runs on videos.
  case windows
}

/// How a ``FrameClassifier`` makes predictions of frames.
public struct StreamOptions: Sendable, Equatable {
  /// How the model runs.
  public var method: StreamMethod
  /// The number of sampled frames from one window to the next; nil for half a clip. Models that run frame by frame have a
  /// prediction for each.
  public var stride: Int?
  /// The number of frames that the mean at a network's end is computed of in its continual form; nil for as many as a clip has.
  public var headWindow: Int?
  /// The window over which scores are averaged, in seconds; 0 for none.
  ///
  /// The mean is weighted: what is older by half a window counts less by a factor of e, so that scores are as old on average
  /// as in a plain mean over the window.
  public var window: Double
  /// The lead in score, 0...1, that another class needs to replace the current one.
  public var margin: Double
  /// The time in seconds that a class stays at least before another one replaces it.
  public var shortest: Double
  /// The number of classes in a prediction's list.
  public var topCount: Int
  /// The longest time without frames in seconds for which the last frame is repeated; after a longer one the past is
  /// forgotten. Nil for half of the time that a result depends on, but at least a clip's duration and one second.
  public var longestGap: Double?

  /// Creates options.
  ///
  /// - Parameters:
  ///   - method: How the model runs.
  ///   - stride: The number of sampled frames from one window to the next, 1 or more; nil for half a clip.
  ///   - headWindow: The number of frames that the mean at a network's end is computed of in its continual form; nil for as
  ///     many as a clip has.
  ///   - window: The window over which scores are averaged, in seconds; 0 for none.
  ///   - margin: The lead in score, 0...1, that another class needs to replace the current one.
  ///   - shortest: The time in seconds that a class stays at least before another one replaces it.
  ///   - topCount: The number of classes in a prediction's list, 1 or more.
  ///   - longestGap: The longest time without frames in seconds for which the last frame is repeated; nil for half of
  ///     the time that a result depends on, but at least a clip's duration and one second.
  public init(
    method: StreamMethod = .automatic, stride: Int? = nil, headWindow: Int? = nil, window: Double = 1,
    margin: Double = 0.1, shortest: Double = 1, topCount: Int = 5, longestGap: Double? = nil
  ) {
    self.method = method
    self.stride = stride
    self.headWindow = headWindow
    self.window = window
    self.margin = margin
    self.shortest = shortest
    self.topCount = topCount
    self.longestGap = longestGap
  }

  /// Checks that all values are in range.
  ///
  /// - Throws: ``StreamError/option(_:)``.
  package func check() throws(StreamError) {
    func check(_ isRight: Bool, _ problem: @autoclosure () -> String) throws(StreamError) {
      if !isRight { throw .option(problem()) }
    }
    try check(stride.map { (1...4096).contains($0) } ?? true, "the stride is \(stride ?? 0) frames, not 1 to 4096")
    try check((0...3600).contains(window), "the averaging window is \(window) s, not 0 to 3600")
    try check((0...1).contains(margin), "the margin is \(margin), not 0 to 1")
    try check((0...3600).contains(shortest), "the minimum duration of a class is \(shortest) s, not 0 to 3600")
    try check(topCount >= 1, "the number of classes is \(topCount), not 1 or more")
    let gap = longestGap ?? 1
    try check(gap > 0 && gap <= 3600, "the longest gap is \(gap) s, not above 0 and up to 3600")
  }
}
