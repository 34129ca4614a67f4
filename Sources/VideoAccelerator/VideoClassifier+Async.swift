import Preprocessing

extension VideoClassifier {
  /// Classifies a video, without blocking the caller's thread.
  ///
  /// - Parameters:
  ///   - video: The video.
  ///   - views: The clips and crops to average over.
  ///   - progress: Called on another thread with the progress.
  /// - Throws: What the synchronous method throws; `CancellationError` soon after the task is cancelled.
  public func classify(
    _ video: some VideoInput, views: VideoViews = VideoViews(),
    progress: @escaping @Sendable (VideoProgress) -> Void = { _ in }
  ) async throws -> VideoClassification {
    try await onOwnThread {
      try classify(video, views: views, watch: VideoWatch(interruption: $0, progress: progress))
    }
  }

  /// Returns the model's output for a video, averaged over its views, without blocking the caller's thread.
  ///
  /// - Parameters:
  ///   - video: The video.
  ///   - views: The clips and crops to average over.
  ///   - progress: Called on another thread with the progress.
  /// - Throws: What the synchronous method throws; `CancellationError` soon after the task is cancelled.
  public func features(
    of video: some VideoInput, views: VideoViews = VideoViews(),
    progress: @escaping @Sendable (VideoProgress) -> Void = { _ in }
  ) async throws -> VideoFeatures {
    try await onOwnThread {
      try features(of: video, views: views, watch: VideoWatch(interruption: $0, progress: progress))
    }
  }

  /// Classifies a video over time, without blocking the caller's thread.
  ///
  /// - Parameters:
  ///   - video: The video.
  ///   - step: The time from the start of one clip to that of the next in seconds, 0.01 or more; nil for half a clip's
  ///     duration.
  ///   - crops: The square crops of each clip.
  ///   - smoothing: How segments are made from the clips' scores.
  ///   - progress: Called on another thread with the progress.
  /// - Throws: What the synchronous method throws; `CancellationError` soon after the task is cancelled.
  public func timeline(
    of video: some VideoInput, step: Double? = nil, crops: [SpatialCrop] = [.center],
    smoothing: VideoTimeline.Smoothing = VideoTimeline.Smoothing(),
    progress: @escaping @Sendable (VideoProgress) -> Void = { _ in }
  ) async throws -> VideoTimeline {
    try await onOwnThread {
      try timeline(
        of: video, step: step, crops: crops, smoothing: smoothing,
        watch: VideoWatch(interruption: $0, progress: progress))
    }
  }
}
