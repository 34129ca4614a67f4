import Preprocessing
import Video
import VideoAccelerator

/// How long a video may be.
public struct VideoLimits: Sendable, Equatable {
  /// The seconds.
  public var duration: Double
  /// The number of frames.
  public var frames: Int

  /// Creates limits.
  public init(duration: Double = 4 * 3600, frames: Int = 1_000_000) {
    (self.duration, self.frames) = (duration, frames)
  }

  /// The most clips of a timeline.
  private static let clips = 20_000.0

  /// Checks a video's length.
  ///
  /// - Parameter step: The seconds from one clip to the next, of which a timeline has a result each; nil if there are not as many.
  /// - Throws: ``ServingError/tooLarge(_:)``.
  func check(_ timeline: FrameTimeline, step: Double?) throws(ServingError) {
    guard timeline.duration <= duration else {
      throw .tooLarge("the video has \(timeline.duration) s, but this server's limit is \(duration)")
    }
    guard timeline.count <= frames else {
      throw .tooLarge("the video has \(timeline.count) frames, but this server's limit is \(frames)")
    }
    if let step, timeline.duration / step > Self.clips {
      throw .tooLarge("the timeline would have over \(Int(Self.clips)) clips: give a longer step")
    }
  }
}

/// A video that is refused, when it is opened, if it is too long.
struct LimitedVideo<Input: VideoInput>: VideoInput {
  let input: Input
  let limits: VideoLimits
  let step: Double?

  func openVideo(threads: Int, interruption: @escaping @Sendable () throws -> Void) throws -> any FrameSource {
    let source = try input.openVideo(threads: threads, interruption: interruption)
    try limits.check(source.timeline, step: step)
    return source
  }

  func openVideo(
    scaledTo size: FrameSize, threads: Int, interruption: @escaping @Sendable () throws -> Void
  ) throws -> any FrameSource {
    let source = try input.openVideo(scaledTo: size, threads: threads, interruption: interruption)
    try limits.check(source.timeline, step: step)
    return source
  }
}
