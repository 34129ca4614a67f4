import Architectures
import Preprocessing
import Tensors
import Video

/// Makes the windows in which a shot detector scores the frames of a video: 100 frames each, of which the middle 50 get
/// their scores and 25 on either side are context.
///
/// Before the first frame and after the last one, these are repeated. Memory holds the frames of one window.
struct ShotWindows {
  /// The number of frames in a window.
  static let length = TransNetV2.clipLength
  /// The frames of a window that get scores.
  static let scored = length / 4..<length * 3 / 4
  /// The size of frames.
  static let size = FrameSize(width: TransNetV2.width, height: TransNetV2.height)

  /// The number of frames so far.
  private(set) var count = 0
  /// The number of windows so far.
  private var windows = 0
  /// The frames that windows to come need; the first one is that with the number `count - frames.count`.
  private var frames: [ShotFrame] = []

  /// Adds a frame, and calls `body` with the inputs of the window that it completes, if any.
  mutating func add(_ frame: Frame, _ body: ([Tensor]) throws -> Void) rethrows {
    frames.append(ShotFrame(frame))
    count += 1
    if count == end(of: windows) { try make(body) }
  }

  /// Calls `body` with the windows that reach beyond the last frame, after which there are no more frames.
  mutating func finish(_ body: ([Tensor]) throws -> Void) rethrows {
    while windows < Self.count(frames: count) { try make(body) }
  }

  /// Returns the number of windows of a video with a number of frames.
  static func count(frames: Int) -> Int { (frames + scored.count - 1) / scored.count }

  /// Returns the number of the frame after a window.
  private func end(of window: Int) -> Int { window * Self.scored.count - Self.scored.lowerBound + Self.length }

  private mutating func make(_ body: ([Tensor]) throws -> Void) rethrows {
    let first = count - frames.count
    let numbers = end(of: windows) - Self.length..<end(of: windows)
    let window = numbers.map { frames[min(max($0, 0), count - 1) - first] }
    windows += 1
    frames.removeFirst(min(max(end(of: windows) - Self.length - first, 0), frames.count))
    try body([Self.clip(window), Self.histograms(window)])
  }

  /// Returns `[1, 3, T, 27, 48]`, in 0...1.
  private static func clip(_ window: [ShotFrame]) -> Tensor {
    let shades = (0...255).map { Float($0) / 255 }
    let plane = size.width * size.height
    var values = [Float](repeating: 0, count: 3 * window.count * plane)
    for (time, frame) in window.enumerated() {
      for channel in 0..<3 {
        let start = (channel * window.count + time) * plane
        for pixel in 0..<plane { values[start + pixel] = shades[Int(frame.pixels[pixel * 3 + channel])] }
      }
    }
    return Tensor(values, shape: [1, 3, window.count, size.height, size.width])
  }

  /// Returns `[1, 512, T, 1, 1]`.
  private static func histograms(_ window: [ShotFrame]) -> Tensor {
    var values = [Float](repeating: 0, count: TransNetV2.colorCount * window.count)
    for (time, frame) in window.enumerated() {
      for (color, count) in frame.histogram.enumerated() { values[color * window.count + time] = count }
    }
    return Tensor(values, shape: [1, TransNetV2.colorCount, window.count, 1, 1])
  }
}

/// A frame of a window.
private struct ShotFrame {
  /// Red, green and blue of each pixel.
  let pixels: [UInt8]
  /// The number of pixels of each of 512 colors: the upper three bits of red, green and blue.
  let histogram: [Float]

  init(_ frame: Frame) {
    pixels = frame.pixels
    var histogram = [Float](repeating: 0, count: TransNetV2.colorCount)
    for pixel in stride(from: 0, to: pixels.count, by: 3) {
      let color = Int(pixels[pixel] >> 5) << 6 | Int(pixels[pixel + 1] >> 5) << 3 | Int(pixels[pixel + 2] >> 5)
      histogram[color] += 1
    }
    self.histogram = histogram
  }
}
