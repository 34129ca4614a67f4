import Preprocessing

/// All frames of a video, in memory: clips of it are those of its file, to the last bit, without decoding.
public struct DecodedVideo: FrameSource, Sendable {
  /// What is known of the video.
  public let info: VideoInfo
  /// When its frames are shown.
  public let timeline: FrameTimeline
  private let frames: [Frame]

  /// None: a damaged video is not kept.
  public var damage: VideoError? { nil }

  /// How many bytes the frames take.
  public var byteCount: Int { frames.reduce(0) { $0 + $1.pixels.count } }

  /// Decodes a whole video.
  ///
  /// - Parameters:
  ///   - path: A file.
  ///   - threads: How many threads the decoder may use.
  ///   - keep: Gets each frame, and gives what to keep of it: the frame, or a smaller one. Nil ends the decoding.
  /// - Returns: nil where `keep` ended it, and for a damaged video: how its file is decoded depends on where one begins.
  /// - Throws: As ``VideoReader``, or what `keep` throws.
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

  /// Frames that follow each other at a steady rate, whatever their timestamps.
  ///
  /// - Throws: ``VideoError/badFrames(reason:)`` if there are none, or the rate is not 0.001 to 100000 a second.
  public init(_ frames: some Sequence<Frame>, framesPerSecond: Double) throws(VideoError) {
    guard framesPerSecond.isFinite, (0.001...100_000).contains(framesPerSecond) else {
      throw .badFrames(reason: "a rate of \(framesPerSecond) frames per second is not supported")
    }
    let frames = Array(frames)
    let times = frames.indices.map { Double($0) / framesPerSecond }
    try self.init(frames, times: times, lastFrameDuration: 1 / framesPerSecond)
  }

  /// Frames that are shown at their timestamps.
  ///
  /// - Parameters:
  ///   - frames: In the order of their timestamps; times are counted from the first one's.
  ///   - lastFrameDuration: How long the last one is shown, in seconds.
  /// - Throws: ``VideoError/badFrames(reason:)`` if there are none, or a time is not finite, or one is before the one before it.
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

  /// Gives `body` frames by their numbers.
  public func decodeFrames(_ numbers: [Int], _ body: (Int, Frame) throws -> Void) throws {
    for number in numbers where frames.indices.contains(number) { try body(number, frames[number]) }
  }
}
