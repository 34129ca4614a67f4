/// How far work on a video is.
public struct VideoProgress: Sendable, Equatable {
  /// Where the last clip begins that was decoded, in seconds; `duration` once all work is done. It goes back only where decoding shows
  /// that the file's frames are others than it says, and begins anew.
  public let seconds: Double
  /// Length of the video in seconds.
  public let duration: Double
}

/// Follows work on a video, and may end it.
struct VideoWatch: Sendable {
  /// Called again and again: what it throws ends the work.
  var interruption: @Sendable () throws -> Void = {}
  /// Called on the thread that decodes.
  var progress: @Sendable (VideoProgress) -> Void = { _ in }
}
