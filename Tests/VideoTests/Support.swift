import Foundation
import Preprocessing
import Testing
import Video

/// A folder that goes when the test ends.
final class TemporaryFolder {
  let url = FileManager.default.temporaryDirectory.appendingPathComponent("video-tests-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// Writes bytes under a name; returns the path.
  func file(_ name: String, _ bytes: Data) throws -> String {
    try bytes.write(to: url.appendingPathComponent(name))
    return path(name)
  }
}

/// A picture that compresses well and differs from number to number: red grows to the right, green downwards, blue and a
/// white block on the left move with the number.
func picture(_ number: Int, width: Int = 64, height: Int = 48, timestamp: Double? = nil) throws -> Frame {
  var pixels: [UInt8] = []
  pixels.reserveCapacity(width * height * 3)
  for y in 0..<height {
    for x in 0..<width {
      let isBlock = x < width / 8 && (y + number * 2) % height < height / 4
      pixels.append(isBlock ? 255 : UInt8(x * 200 / width))
      pixels.append(isBlock ? 255 : UInt8(y * 200 / height))
      pixels.append(isBlock ? 255 : UInt8(number * 7 % 200))
    }
  }
  return try Frame(width: width, height: height, pixels: pixels, timestamp: timestamp ?? Double(number) / 25)
}

/// Writes a video of numbered pictures; returns its path.
func writeVideo(
  _ path: String, frames: Int, width: Int = 64, height: Int = 48,
  encoding: VideoEncoding = VideoEncoding(framesPerSecond: 25, keyFrameInterval: 12), times: [Double]? = nil
) throws -> String {
  try VideoWriter.write(to: path, width: width, height: height, encoding: encoding) { writer in
    for number in 0..<frames {
      try writer.append(picture(number, width: width, height: height, timestamp: times?[number]))
    }
  }
  return path
}

/// All frames of a video, in order.
func allFrames(_ reader: VideoReader) throws -> [Frame] {
  var frames: [Frame] = []
  while let frame = try reader.nextFrame() { frames.append(frame) }
  return frames
}

/// The mean absolute difference of two pictures of one size, in steps of 255.
func meanDifference(_ left: Frame, _ right: Frame) -> Double {
  guard left.width == right.width, left.height == right.height else { return .infinity }
  let sum = zip(left.pixels, right.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
  return Double(sum) / Double(left.pixels.count)
}

/// The message of the error that `body` throws.
func message(_ body: () throws -> Void) -> String {
  do { try body() } catch { return "\(error)" }
  return "no error"
}
