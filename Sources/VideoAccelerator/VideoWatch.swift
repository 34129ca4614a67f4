/// The progress of work on a video.
public struct VideoProgress: Sendable, Equatable {
  /// The start time in seconds of the last clip that was decoded; ``duration`` when all work is done. It decreases only
  /// if decoding restarts because the file's index is wrong about its frames.
  public let seconds: Double
  /// The duration of the video in seconds.
  public let duration: Double
}

/// Observes work on a video, and can end it.
package struct VideoWatch: Sendable {
  /// Called repeatedly; an error that it throws ends the work.
  var interruption: @Sendable () throws -> Void
  /// Called with the progress, on the decoding thread.
  var progress: @Sendable (VideoProgress) -> Void

  package init(
    interruption: @escaping @Sendable () throws -> Void = {},
    progress: @escaping @Sendable (VideoProgress) -> Void = { _ in }
  ) {
    self.interruption = interruption
    self.progress = progress
  }
}
