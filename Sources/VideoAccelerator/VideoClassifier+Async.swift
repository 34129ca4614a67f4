import Preprocessing

extension VideoClassifier {
  /// The classes of a video, without keeping the caller's thread.
  ///
  /// - Parameter progress: Called on a thread of the work.
  /// - Throws: What the method without `await` throws; `CancellationError` soon after the task is cancelled.
  public func classify(
    _ video: some VideoInput, views: VideoViews = VideoViews(),
    progress: @escaping @Sendable (VideoProgress) -> Void = { _ in }
  ) async throws -> VideoClassification {
    try await onOwnThread {
      try classify(video, views: views, watch: VideoWatch(interruption: $0, progress: progress))
    }
  }

  /// The model's output for a video, averaged over its views, without keeping the caller's thread.
  ///
  /// - Parameter progress: Called on a thread of the work.
  /// - Throws: What the method without `await` throws; `CancellationError` soon after the task is cancelled.
  public func features(
    of video: some VideoInput, views: VideoViews = VideoViews(),
    progress: @escaping @Sendable (VideoProgress) -> Void = { _ in }
  ) async throws -> VideoFeatures {
    try await onOwnThread {
      try features(of: video, views: views, watch: VideoWatch(interruption: $0, progress: progress))
    }
  }

  /// What the model says of a video over time, without keeping the caller's thread.
  ///
  /// - Parameters:
  ///   - video: The video.
  ///   - step: Seconds from the start of one clip to that of the next, 0.01 or more; half a clip's length if not given.
  ///   - crops: Square crops of each clip.
  ///   - smoothing: How segments follow from the clips.
  ///   - progress: Called on a thread of the work.
  /// - Throws: What the method without `await` throws; `CancellationError` soon after the task is cancelled.
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
