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

  /// Gives `body` frames by their numbers.
  public func decodeFrames(_ numbers: [Int], _ body: (Int, Frame) throws -> Void) throws {
    for number in numbers where frames.indices.contains(number) { try body(number, frames[number]) }
  }
}
