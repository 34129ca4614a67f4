import Preprocessing

/// What happens in a live video.
public enum LiveEvent: Sendable, Equatable {
  /// The source is open, and the first frame has these properties.
  case opened(LiveProperties)
  /// A frame; its timestamp is in seconds from the first one and always ascends.
  case frame(Frame)
  /// From the next frame on pictures have another size.
  case sizeChanged(from: FrameSize, to: FrameSize)
  /// From the next frame on stored pictures have another pixel format, named as in FFmpeg; frames are RGB all the same.
  case pixelFormatChanged(from: String, to: String)
  /// The source's clock jumped by so many seconds, backwards if negative; timestamps go on from the last one.
  case jumped(seconds: Double)
  /// Packets are damaged or missing, so many in all, and what the first error was; told at most every ten seconds.
  case damaged(count: Int, reason: String)
  /// No frame has come for so many seconds.
  case stalled(seconds: Double)
  /// Frames come again, after so many seconds.
  case resumed(seconds: Double)
  /// The connection was lost.
  case lost(reason: String)
  /// The source will be opened again in so many seconds; attempts are counted from 1, and the reason is why the connection or
  /// the last attempt failed.
  case reconnecting(attempt: Int, seconds: Double, reason: String)
  /// The source is open again, so many seconds after it was lost.
  case reconnected(seconds: Double)
  /// The source ended at so many seconds, before the end that it states, or where it could not be read on.
  case cutOff(seconds: Double, reason: String)
  /// The video has ended.
  case ended
}

/// The properties of a live video.
public struct LiveProperties: Sendable, Hashable {
  /// The codec's name in FFmpeg: `h264`, for example; `rawvideo` for raw frames.
  public let codec: String
  /// The pixel format's name in FFmpeg: `yuv420p`, for example.
  public let pixelFormat: String
  /// The size of frames as they are shown.
  public let size: FrameSize
  /// The frame rate that the source states, in frames per second; 0 if it does not.
  public let frameRate: Double
  /// Whether frames come at their own pace, however fast they are taken.
  public let isLive: Bool

  /// Creates properties.
  ///
  /// - Parameters:
  ///   - codec: The codec's name in FFmpeg.
  ///   - pixelFormat: The pixel format's name in FFmpeg.
  ///   - size: The size of frames as they are shown.
  ///   - frameRate: The frame rate that the source states, in frames per second; 0 if it does not.
  ///   - isLive: Whether frames come at their own pace.
  public init(codec: String, pixelFormat: String, size: FrameSize, frameRate: Double, isLive: Bool) {
    self.codec = codec
    self.pixelFormat = pixelFormat
    self.size = size
    self.frameRate = frameRate
    self.isLive = isLive
  }
}

/// What was counted in a live video.
public struct LiveCounters: Sendable, Hashable {
  /// The number of decoded frames.
  public internal(set) var decoded = 0
  /// The number of frames that were wanted and converted.
  public internal(set) var converted = 0
  /// The number of errors in packets and pictures.
  public internal(set) var damaged = 0
  /// How often no frame came for a long time.
  public internal(set) var stalls = 0
  /// How often the source's clock jumped.
  public internal(set) var jumps = 0
  /// How often the source was opened again.
  public internal(set) var reconnections = 0

  /// Creates counters of nothing.
  public init() {}
}
