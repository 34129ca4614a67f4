/// The settings of an H.264 stream.
public struct VideoEncoding: Sendable, Hashable {
  /// The nominal frame rate; the frames' own timestamps say when each is shown.
  public var framesPerSecond: Double
  /// Constant rate factor: 0 (lossless) to 51, 23 being usual.
  public var constantRateFactor: Int
  /// The largest number of frames from one key frame to the next.
  public var keyFrameInterval: Int
  /// The number of B-frames between two other frames, 0...16.
  public var bidirectionalFrames: Int
  /// The clockwise rotation in degrees with which a player shows the stored frames: 0, 90, 180 or 270. Only MP4 and MOV
  /// store it.
  public var rotation: Int

  /// Creates encoding settings.
  ///
  /// - Parameters:
  ///   - framesPerSecond: The nominal frame rate.
  ///   - constantRateFactor: The constant rate factor: 0 (lossless) to 51.
  ///   - keyFrameInterval: The largest number of frames from one key frame to the next.
  ///   - bidirectionalFrames: The number of B-frames between two other frames, 0...16.
  ///   - rotation: The clockwise rotation in degrees with which a player shows the stored frames.
  public init(
    framesPerSecond: Double = 30, constantRateFactor: Int = 23, keyFrameInterval: Int = 250,
    bidirectionalFrames: Int = 3, rotation: Int = 0
  ) {
    self.framesPerSecond = framesPerSecond
    self.constantRateFactor = constantRateFactor
    self.keyFrameInterval = keyFrameInterval
    self.bidirectionalFrames = bidirectionalFrames
    self.rotation = rotation
  }

  /// A description of the setting that is out of range; nil if all are valid.
  var problem: String? {
    if !(framesPerSecond.isFinite && (0.01...1000).contains(framesPerSecond)) {
      return "the frame rate is \(framesPerSecond), not 0.01 to 1000"
    }
    if !(0...51).contains(constantRateFactor) {
      return "the constant rate factor is \(constantRateFactor), not 0 to 51"
    }
    if !(1...100_000).contains(keyFrameInterval) {
      return "the key frame interval is \(keyFrameInterval), not 1 to 100000"
    }
    if !(0...16).contains(bidirectionalFrames) {
      return "the number of bidirectional frames is \(bidirectionalFrames), not 0 to 16"
    }
    if ![0, 90, 180, 270].contains(rotation) { return "the rotation is \(rotation), not 0, 90, 180 or 270" }
    return nil
  }
}
