import CKernels
import IR

/// Converts clips between the API's float32 planes `[C, T, H, W]`, a plan's pixels of bytes `[H, T, W, pixel]`, and the
/// frame-interleaved layout that ``QuantizedDepthwiseKernel`` takes.
public struct QuantizedClipLayout: Sendable {
  private let isa: ISA
  private let channels: Int
  private let size: [Int]
  private let quantization: QuantizationParameters

  /// Creates the conversions for clips of one size, `[T, H, W]`.
  public init(isa: ISA, channels: Int, size: [Int], quantization: QuantizationParameters) {
    self.isa = isa
    self.channels = channels
    self.size = size
    self.quantization = quantization
  }

  private var pixel: Int { ISA.quantizedPixel(channels) }

  /// The size of a row of pixels in bytes.
  public var rowBytes: Int { size[0] * size[2] * pixel }

  /// The size of a frame-interleaved row in bytes.
  public var interleavedRowBytes: Int { isa.interleavedRowBytes(size: size, pixel: pixel) }

  /// Quantizes rows of planes, `round(x · (1 / scale)) + zeroPoint`; bytes past the last channel become the zero point.
  public func toPixels(planes: UnsafePointer<Float>, image: UnsafeMutablePointer<UInt8>, rows: Range<Int>) {
    forEachRun(rows) { plane, place in
      var task = va_qu8_quantization(
        x: planes + plane, plane: size[0] * size[1] * size[2], channels: channels, count: size[2],
        y: image + place * pixel, pixel: pixel, result: QuantizedResult(supported: nil, quantization).task)
      isa.int8.quantize(&task)
    }
  }

  /// Dequantizes rows to planes of float32.
  public func toPlanes(image: UnsafePointer<UInt8>, planes: UnsafeMutablePointer<Float>, rows: Range<Int>) {
    forEachRun(rows) { plane, place in
      isa.int8.dequantize(
        image + place * pixel, pixel, channels, size[2], Int32(quantization.storedZero), quantization.scale,
        planes + plane, size[0] * size[1] * size[2])
    }
  }

  /// Quantizes rows of float32 pixels `[H, T, W, pixel]`.
  ///
  /// - Parameters:
  ///   - reals: The float32 image.
  ///   - realPixel: The number of floats from one pixel to the next; the channels, or more.
  ///   - image: The image of bytes.
  ///   - rows: The rows to convert.
  public func toPixels(
    reals: UnsafePointer<Float>, pixel realPixel: Int, image: UnsafeMutablePointer<UInt8>, rows: Range<Int>
  ) {
    let row = size[0] * size[2]
    var task = va_qu8_pixel_quantization(
      x: reals + rows.lowerBound * row * realPixel, x_pixel: realPixel, count: rows.count * row,
      y: image + rows.lowerBound * row * pixel, y_pixel: pixel,
      result: QuantizedResult(supported: nil, quantization).task)
    isa.int8.quantize_pixels(&task)
  }

  /// Dequantizes rows to float32 pixels `[H, T, W, pixel]`.
  ///
  /// - Parameters:
  ///   - image: The image of bytes of this quantization, or of the elements that `numbers` names.
  ///   - numbers: The type of the image's elements; nil for bytes.
  ///   - reals: The float32 image.
  ///   - realPixel: The number of floats from one pixel to the next; the channels, or more, up to those of a pixel of
  ///     bytes.
  ///   - rows: The rows to convert.
  public func toReals(
    image: UnsafeRawPointer, _ numbers: WideNumbers? = nil, reals: UnsafeMutablePointer<Float>, pixel realPixel: Int,
    rows: Range<Int>
  ) {
    let row = size[0] * size[2]
    let (bits, zero, scale) =
      switch numbers {
      case nil: (8, quantization.storedZero, quantization.scale)
      case .int16(let scale): (16, 0, scale)
      case .floats: (32, 0, 1)
      }
    var task = va_qu8_pixel_dequantization(
      x: image + rows.lowerBound * row * pixel * bits / 8, x_pixel: pixel, x_bits: Int32(bits), zero: Int32(zero),
      scale: scale, count: rows.count * row, y: reals + rows.lowerBound * row * realPixel, y_pixel: realPixel)
    isa.int8.dequantize_pixels(&task)
  }

  /// The element type of pixels that are not bytes.
  public enum WideNumbers: Sendable {
    /// int16 values, where 1 stands for the real number `scale`.
    case int16(scale: Float)
    /// float32.
    case floats
  }

  /// Converts rows of pixels to the frame-interleaved layout; frames past the last become the zero point.
  public func toInterleaved(image: UnsafePointer<UInt8>, interleaved: UnsafeMutableRawPointer, rows: Range<Int>) {
    let frameBytes = size[2] * pixel
    forEachGroup(rows) { pixels, group, frames in
      interleave(Int(frames), at: interleaved + group) { image + pixels + $0 * frameBytes }
    }
  }

  /// Converts a row of each of the clip's frames, which lie apart, to the frame-interleaved layout.
  ///
  /// - Parameters:
  ///   - interleaved: ``interleavedRowBytes`` bytes.
  ///   - frame: Returns where a frame's row lies as pixels.
  public func interleaveRow(at interleaved: UnsafeMutableRawPointer, _ frame: (Int) -> UnsafePointer<UInt8>) {
    let group = isa.interleavedFrames
    for first in stride(from: 0, to: size[0], by: group) {
      interleave(
        min(group, size[0] - first), at: interleaved + first / group * size[2] * pixel * 4
      ) { frame(first + $0) }
    }
  }

  /// Converts a row of up to as many frames as lie side by side.
  private func interleave(_ count: Int, at target: UnsafeMutableRawPointer, _ row: (Int) -> UnsafePointer<UInt8>) {
    withUnsafeTemporaryAllocation(of: UnsafePointer<UInt8>.self, capacity: count) { rows in
      for frame in 0..<count { rows.initializeElement(at: frame, to: row(frame)) }
      guard let rows = rows.baseAddress else { return }
      isa.int8.to_lanes(rows, Int32(count), Int32(quantization.storedZero), target, size[2] * pixel / 16)
    }
  }

  /// Converts frame-interleaved rows to pixels.
  public func fromInterleaved(interleaved: UnsafeRawPointer, image: UnsafeMutablePointer<UInt8>, rows: Range<Int>) {
    forEachGroup(rows) { pixels, group, frames in
      isa.int8.from_lanes(
        interleaved + group, image + pixels, size[2] * pixel, frames, Int32(quantization.storedZero),
        size[2] * pixel / 16)
    }
  }

  /// Calls `body` with the offset of each frame's row in the first plane, and of its first pixel in the image.
  private func forEachRun(_ rows: Range<Int>, _ body: (_ plane: Int, _ place: Int) -> Void) {
    for h in rows {
      for t in 0..<size[0] { body((t * size[1] + h) * size[2], (h * size[0] + t) * size[2]) }
    }
  }

  /// Calls `body` with the offsets of each group of frames in pixels and in the frame-interleaved layout, and the
  /// number of its frames.
  private func forEachGroup(_ rows: Range<Int>, _ body: (_ pixels: Int, _ interleaved: Int, _ frames: Int32) -> Void) {
    for h in rows {
      for t in stride(from: 0, to: size[0], by: isa.interleavedFrames) {
        body(
          h * rowBytes + t * size[2] * pixel, h * interleavedRowBytes + t / isa.interleavedFrames * size[2] * pixel * 4,
          Int32(min(isa.interleavedFrames, size[0] - t)))
      }
    }
  }
}
