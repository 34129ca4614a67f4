import Preprocessing

/// A video whose frames are scaled one by one.
package struct ScaledVideo: FrameSource {
  private let source: any FrameSource
  private let size: FrameSize

  /// Creates the video.
  ///
  /// - Parameters:
  ///   - source: The video in its own size.
  ///   - size: The size of its frames.
  package init(_ source: any FrameSource, to size: FrameSize) {
    self.source = source
    self.size = size
  }

  /// The properties of the video in its own size.
  package var info: VideoInfo { source.info }
  /// The times of its frames.
  package var timeline: FrameTimeline { source.timeline }
  /// What is wrong with the video, as far as is known.
  package var damage: VideoError? { source.damage }

  /// Calls `body` with scaled frames by their numbers.
  package func decodeFrames(_ numbers: [Int], _ body: (Int, Frame) throws -> Void) throws {
    try source.decodeFrames(numbers) { try body($0, $1.scaled(to: size)) }
  }
}
