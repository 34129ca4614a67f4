import Preprocessing

/// All frames of a video, in memory: clips of it are those of its file, to the last bit, without decoding.
public struct DecodedVideo: FrameSource, Sendable {
  /// What the file says about its video.
  public let info: VideoInfo
  private let frames: [Frame]
  /// Times this far before a frame's are still its own, as for the decoder.
  private let tolerance: Double

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
    guard reader.damage == nil else { return nil }
    info = reader.info
    self.frames = frames
    tolerance = reader.tick * 1e-3
  }

  /// Gives `body` the `count` frames spread evenly over the frames of `start ..< start + duration` seconds.
  ///
  /// - Returns: How many frames the span has.
  /// - Throws: What `body` throws.
  @discardableResult
  public func readFrames(
    from start: Double, duration: Double, count: Int, _ body: (Frame, [Int]) throws -> Void
  ) throws -> Int {
    let first = firstFrame(from: start)
    let end = max(first, firstFrame(from: start + max(0, duration)))
    guard end > first else {
      // The picture on screen: the frame itself, if one is shown just then.
      let isShown = first < frames.count && frames[first].timestamp < start + tolerance
      if count > 0 { try body(frames[isShown ? first : max(0, first - 1)], Array(0..<count)) }
      return 0
    }
    let wanted = TemporalSubsample.indices(available: end - first, count: count)
    var place = 0
    while place < wanted.count {
      let places = place..<(wanted[place...].firstIndex { $0 != wanted[place] } ?? wanted.count)
      try body(frames[first + wanted[place]], Array(places))
      place = places.upperBound
    }
    return end - first
  }

  /// The index of the first frame at or after a time.
  private func firstFrame(from seconds: Double) -> Int {
    frames.firstIndex { $0.timestamp >= seconds - tolerance } ?? frames.count
  }
}
