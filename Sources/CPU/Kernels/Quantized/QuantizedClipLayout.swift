import CKernels
import IR

/// Between the API's planes of float32 `[C, T, H, W]`, a plan's pixels of bytes `[H, T, W, pixel]`, and the lanes of
/// ``QuantizedDepthwiseKernel``.
public struct QuantizedClipLayout: Sendable {
  private let isa: ISA
  private let channels: Int
  private let size: [Int]
  private let quantization: QuantizationParameters

  /// Conversions for clips of one size, `[T, H, W]`.
  public init(isa: ISA, channels: Int, size: [Int], quantization: QuantizationParameters) {
    self.isa = isa
    self.channels = channels
    self.size = size
    self.quantization = quantization
  }

  private var pixel: Int { ISA.quantizedPixel(channels) }

  /// Bytes of a row of pixels.
  public var rowBytes: Int { size[0] * size[2] * pixel }

  /// Bytes of a row of lanes.
  public var laneRowBytes: Int { isa.laneRowBytes(size: size, pixel: pixel) }

  /// Quantizes a range of rows, `round(x · (1 / scale)) + zeroPoint`; bytes past the last channel become the zero point.
  public func toPixels(planes: UnsafePointer<Float>, image: UnsafeMutablePointer<UInt8>, rows: Range<Int>) {
    forEachRun(rows) { plane, place in
      var task = va_qu8_quantization(
        x: planes + plane, plane: size[0] * size[1] * size[2], channels: channels, count: size[2],
        y: image + place * pixel, pixel: pixel, result: QuantizedResult(supported: nil, quantization).task)
      isa.int8.quantize(&task)
    }
  }

  /// Writes a range of rows as real numbers.
  public func toPlanes(image: UnsafePointer<UInt8>, planes: UnsafeMutablePointer<Float>, rows: Range<Int>) {
    forEachRun(rows) { plane, place in
      isa.int8.dequantize(
        image + place * pixel, pixel, channels, size[2], Int32(quantization.storedZero), quantization.scale,
        planes + plane, size[0] * size[1] * size[2])
    }
  }

  /// Quantizes a range of rows of pixels `[H, T, W, pixel]` of real numbers.
  ///
  /// - Parameter pixel: floats from one pixel to the next; the channels, or more.
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

  /// Writes a range of rows as pixels `[H, T, W, pixel]` of real numbers.
  ///
  /// - Parameters:
  ///   - image: bytes of this quantization, or what `numbers` says.
  ///   - pixel: floats from one pixel to the next; the channels, or more, up to those of a pixel of bytes.
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

  /// The elements of pixels other than bytes.
  public enum WideNumbers: Sendable {
    /// int16, and the real number that 1 stands for.
    case int16(scale: Float)
    /// Real numbers.
    case floats
  }

  /// Writes a range of rows of pixels as lanes; frames past the last become the zero point.
  public func toLanes(image: UnsafePointer<UInt8>, lanes: UnsafeMutableRawPointer, rows: Range<Int>) {
    forEachGroup(rows) { pixels, group, frames in
      isa.int8.to_lanes(
        image + pixels, size[2] * pixel, frames, Int32(quantization.storedZero), lanes + group, size[2] * pixel / 16)
    }
  }

  /// Writes a range of rows of lanes as pixels.
  public func fromLanes(lanes: UnsafeRawPointer, image: UnsafeMutablePointer<UInt8>, rows: Range<Int>) {
    forEachGroup(rows) { pixels, group, frames in
      isa.int8.from_lanes(
        lanes + group, image + pixels, size[2] * pixel, frames, Int32(quantization.storedZero), size[2] * pixel / 16)
    }
  }

  /// Calls `body` with the offset of one frame's row in the first plane, and its place among the pixels.
  private func forEachRun(_ rows: Range<Int>, _ body: (_ plane: Int, _ place: Int) -> Void) {
    for h in rows {
      for t in 0..<size[0] { body((t * size[1] + h) * size[2], (h * size[0] + t) * size[2]) }
    }
  }

  /// Calls `body` with the offsets of a lane's first frame in pixels and in lanes, and how many frames it has.
  private func forEachGroup(_ rows: Range<Int>, _ body: (_ pixels: Int, _ lanes: Int, _ frames: Int32) -> Void) {
    for h in rows {
      for t in stride(from: 0, to: size[0], by: isa.framesInLane) {
        body(
          h * rowBytes + t * size[2] * pixel, h * laneRowBytes + t / isa.framesInLane * size[2] * pixel * 4,
          Int32(min(isa.framesInLane, size[0] - t)))
      }
    }
  }
}
