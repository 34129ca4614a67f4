/// What is known of a file's video stream.
public struct VideoInfo: Sendable, Hashable {
  /// The container's name, as FFmpeg calls it: `mov,mp4,m4a,3gp,3g2,mj2`, for example.
  public let container: String
  /// The codec's name, as FFmpeg calls it: `h264`, for example.
  public let codec: String
  /// The pixel format's name, as FFmpeg calls it: `yuv420p`, for example.
  public let pixelFormat: String
  /// Width of a frame as it is shown, after rotation, in pixels.
  public let width: Int
  /// Height of a frame as it is shown, after rotation, in pixels.
  public let height: Int
  /// Degrees, clockwise, by which stored pictures are turned to be shown: 0, 90, 180 or 270.
  public let rotation: Int
  /// Frames per second, on average; 0 where the file does not say.
  public let averageFrameRate: Double
  /// Length of the video in seconds: from its first frame to the end of its last one, whatever the file states.
  public internal(set) var duration: Double
  /// How many frames there are.
  public internal(set) var frameCount: Int
  /// What the file calls the time of its first frame, in seconds; all other times are counted from it.
  public let startTime: Double
  /// Whether there is sound too.
  public let hasAudio: Bool

  /// Takes over what decoding showed.
  mutating func set(_ timeline: FrameTimeline) {
    (duration, frameCount) = (timeline.duration, timeline.count)
  }
}
