import ModelTestSupport
import Video
import VideoAccelerator

/// Videos of shots with colors of their own, and a model that finds them.
enum ShotVideos {
  static func model() throws -> Model {
    try Model(
      name: "cuts", graph: CutDetector.architecture.graph(), weights: CutDetector.weights(), recipe: nil)
  }

  /// Frames of shots with the given lengths.
  static func frames(_ lengths: [Int], framesPerSecond: Double = 25) throws -> [Frame] {
    let colors: [[UInt8]] = [[200, 40, 40], [40, 200, 40], [40, 40, 200], [200, 200, 40]]
    var frames: [Frame] = []
    for (shot, length) in lengths.enumerated() {
      let pixels = (0..<128 * 72 * 3).map { colors[shot % 4][$0 % 3] }
      for _ in 0..<length {
        frames.append(
          try Frame(width: 128, height: 72, pixels: pixels, timestamp: Double(frames.count) / framesPerSecond))
      }
    }
    return frames
  }

  static func write(_ lengths: [Int], to path: String, framesPerSecond: Double = 25) throws {
    let encoding = VideoEncoding(framesPerSecond: framesPerSecond)
    try VideoWriter.write(to: path, width: 128, height: 72, encoding: encoding) { writer in
      for frame in try frames(lengths, framesPerSecond: framesPerSecond) { try writer.append(frame) }
    }
  }
}
