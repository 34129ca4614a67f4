import Preprocessing

/// The properties of a file's video stream.
public struct VideoInfo: Sendable, Hashable {
  /// The container's name in FFmpeg: `mov,mp4,m4a,3gp,3g2,mj2`, for example.
  public let container: String
  /// The codec's name in FFmpeg: `h264`, for example.
  public let codec: String
  /// The pixel format's name in FFmpeg: `yuv420p`, for example.
  public let pixelFormat: String
  /// The width of a frame as it is shown, after rotation, in pixels.
  public let width: Int
  /// The height of a frame as it is shown, after rotation, in pixels.
  public let height: Int
  /// The clockwise rotation in degrees with which stored pictures are shown: 0, 90, 180 or 270.
  public let rotation: Int
  /// The average frame rate in frames per second; 0 if the file does not say.
  public let averageFrameRate: Double
  /// The duration in seconds from the first frame to the end of the last one, whatever the file states.
  public internal(set) var duration: Double
  /// The number of frames.
  public internal(set) var frameCount: Int
  /// The file's time of its first frame, in seconds; all other times are counted from it.
  public let startTime: Double
  /// Whether there is sound.
  public let hasAudio: Bool

  /// Updates the properties that decoding showed.
  mutating func set(_ timeline: FrameTimeline) {
    (duration, frameCount) = (timeline.duration, timeline.count)
  }
}
