import Preprocessing

/// All frames of a video in memory: its clips are bit for bit those of the file, without decoding.
public struct DecodedVideo: FrameSource, Sendable {
  /// The properties of the video.
  public let info: VideoInfo
  /// The times of its frames.
  public let timeline: FrameTimeline
  private let frames: [Frame]

  /// Nil, as damaged videos are not kept.
  public var damage: VideoError? { nil }

  /// The size of the frames in bytes.
  public var byteCount: Int { frames.reduce(0) { $0 + $1.pixels.count } }

  /// Decodes a whole video.
  ///
  /// - Parameters:
  ///   - path: The video file.
  ///   - threads: The number of threads that the decoder may use.
  ///   - keep: Called with each frame; returns the frame to keep, which may be a smaller one, or nil to stop.
  /// - Returns: Nil if `keep` stopped, and for a damaged video, whose frames depend on where decoding starts.
  /// - Throws: What ``VideoReader`` throws, or what `keep` throws.
  public init?(path: String, threads: Int = 1, keep: (Frame) throws -> Frame?) throws {
    let reader = try VideoReader(path: path, threads: threads)
    var frames: [Frame] = []
    while let frame = try reader.nextFrame() {
      guard let kept = try keep(frame) else { return nil }
      frames.append(kept)
    }
    guard reader.damage == nil, frames.count == reader.timeline.count else { return nil }
    (info, timeline, self.frames) = (reader.info, reader.timeline, frames)
  }

  /// Creates a video of frames at a constant rate; their timestamps are ignored.
  ///
  /// - Parameters:
  ///   - frames: The frames, in order.
  ///   - framesPerSecond: The rate, from 0.001 to 100,000.
  /// - Throws: ``VideoError/badFrames(reason:)`` if there are no frames, or the rate is out of range.
  public init(_ frames: some Sequence<Frame>, framesPerSecond: Double) throws(VideoError) {
    guard framesPerSecond.isFinite, (0.001...100_000).contains(framesPerSecond) else {
      throw .badFrames(reason: "a rate of \(framesPerSecond) frames per second is not supported")
    }
    let frames = Array(frames)
    let times = frames.indices.map { Double($0) / framesPerSecond }
    try self.init(frames, times: times, lastFrameDuration: 1 / framesPerSecond)
  }

  /// Creates a video of frames that are shown at their timestamps.
  ///
  /// - Parameters:
  ///   - frames: The frames, in the order of their timestamps; times are relative to the first one.
  ///   - lastFrameDuration: The duration of the last frame, in seconds.
  /// - Throws: ``VideoError/badFrames(reason:)`` if there are no frames, a time is not finite, or the timestamps are not
  ///   in order.
  public init(_ frames: some Sequence<Frame>, lastFrameDuration: Double) throws(VideoError) {
    let frames = Array(frames)
    let start = frames.first?.timestamp ?? 0
    try self.init(frames, times: frames.map { $0.timestamp - start }, lastFrameDuration: lastFrameDuration)
  }

  private init(_ frames: [Frame], times: [Double], lastFrameDuration: Double) throws(VideoError) {
    guard let first = frames.first else { throw .badFrames(reason: "there are none") }
    guard times.allSatisfy(\.isFinite), lastFrameDuration.isFinite, lastFrameDuration > 0 else {
      throw .badFrames(reason: "a time is not a positive, finite number")
    }
    guard zip(times, times.dropFirst()).allSatisfy({ $0 <= $1 }) else {
      throw .badFrames(reason: "the timestamps are not in order")
    }
    timeline = FrameTimeline(times: times, lastFrameDuration: lastFrameDuration, tick: lastFrameDuration)
    self.frames = frames
    info = VideoInfo(
      container: "memory", codec: "rawvideo", pixelFormat: "rgb24", width: first.width, height: first.height,
      rotation: 0, averageFrameRate: Double(frames.count) / timeline.duration, duration: timeline.duration,
      frameCount: frames.count, startTime: 0, hasAudio: false)
  }

  /// Calls `body` with frames by their numbers.
  public func decodeFrames(_ numbers: [Int], _ body: (Int, Frame) throws -> Void) throws {
    for number in numbers where frames.indices.contains(number) { try body(number, frames[number]) }
  }
}
