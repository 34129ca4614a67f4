/// The layout of a quantized value in memory: `[N][H][T][W][pixel]`, with the channels of a pixel rounded up to blocks
/// of 16 on every instruction set.
package struct QuantizedLayout: Hashable, Sendable, PixelLayout {
  package enum Form: Hashable, Sendable {
    /// Bytes.
    case pixels
    /// Frame-interleaved, as a depthwise convolution takes it: bytes with four frames of a channel side by side,
    /// `[N][H][T / 4][W][pixel][4]`; or with one frame, float32 values minus the zero point.
    case interleaved(frames: Int)
    /// int16.
    case words
    /// float32: real numbers that the integer kernels write.
    case floats
  }

  package let images: Int
  let channels: Int
  let frames: Int
  package let height: Int
  let width: Int
  private(set) var form: Form

  /// Creates the layout of `[N, C, …]`: one spatial axis, or more than three, become one row.
  init(_ shape: [Int], _ form: Form) {
    switch shape.count {
    case 4: (frames, height, width) = (1, shape[2], shape[3])
    case 5: (frames, height, width) = (shape[2], shape[3], shape[4])
    default: (frames, height, width) = (1, 1, shape.dropFirst(2).reduce(1, *))
    }
    images = shape.first ?? 1
    channels = shape.count > 1 ? shape[1] : 1
    self.form = form
  }

  /// Creates the layout of a linear map's rows `[…, C]`: an image of one pixel each.
  init(rows shape: [Int], _ form: Form) {
    self.init([shape.dropLast().reduce(1, *), shape.last ?? 1], form)
  }

  /// Returns the layout with another form.
  func with(_ form: Form) -> QuantizedLayout {
    var layout = self
    layout.form = form
    return layout
  }

  /// `[T, H, W]`.
  var size: [Int] { [frames, height, width] }
  /// The number of pixels in an image.
  package var pixels: Int { frames * height * width }
  /// The number of channels of a pixel in memory.
  var pixel: Int { ISA.quantizedPixel(channels) }
  package var pixelBytes: Int { pixel * elementBytes }
  package var rowBytes: Int {
    guard case .interleaved(let group) = form else { return frames * width * pixelBytes }
    return (frames + group - 1) / group * group * width * pixelBytes
  }
  var isInterleaved: Bool { if case .interleaved = form { true } else { false } }
  package var rowPixels: Int { frames * width }

  private var elementBytes: Int {
    switch form {
    case .pixels: 1
    case .interleaved(let group): 4 / group
    case .words: MemoryLayout<Int16>.size
    case .floats: MemoryLayout<Float>.size
    }
  }
}
