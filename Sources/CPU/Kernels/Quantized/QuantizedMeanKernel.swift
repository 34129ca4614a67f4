import CKernels
import IR

/// Computes the mean of each channel over all positions of an image `[H, T, W, pixel]` of bytes, in parts that threads
/// can share.
///
/// Sums are exact; one division in double precision makes them real numbers.
public struct QuantizedMeanKernel: Sendable {
  private let isa: ISA
  private let channels: Int

  /// Prepares the kernel for images with the given number of channels.
  public init(isa: ISA, channels: Int) {
    self.isa = isa
    self.channels = channels
  }

  /// The kernel's name in a profile.
  public var name: String { isa.quantizedName("add_pixels") }

  /// The number of sums in a part: one pixel.
  public var partCount: Int { ISA.quantizedPixel(channels) }

  /// Adds the bytes of a run of pixels to a part, which the caller has set to zero.
  public func add(pixels input: UnsafeRawPointer, count: Int, to part: UnsafeMutablePointer<Int64>) {
    isa.int8.add_pixels(input.assumingMemoryBound(to: UInt8.self), partCount, count, partCount / 16, part)
  }

  /// Computes the mean from the parts.
  ///
  /// - Parameters:
  ///   - parts: The sums, which can also be those of ``QuantizedDepthwiseKernel``.
  ///   - stride: The number of sums from one part to the next.
  ///   - count: The number of parts.
  ///   - positions: The number of pixels in all parts together.
  ///   - scale: The real number that 1 stands for.
  ///   - zero: The number that stands for 0: a byte's ``/IR/QuantizationParameters/storedZero``, or 0 for int16.
  ///   - mean: One pixel of float32.
  public func combine(
    parts: UnsafePointer<Int64>, stride: Int, count: Int, positions: Int, scale: Float, zero: UInt8,
    into mean: UnsafeMutablePointer<Float>
  ) {
    let offset = SIMD16<Int64>(repeating: -Int64(positions) * Int64(zero))
    for first in Swift.stride(from: 0, to: channels, by: 16) {
      var sums = offset
      for part in 0..<count {
        sums &+= UnsafeRawPointer(parts + part * stride + first).loadUnaligned(as: SIMD16<Int64>.self)
      }
      for channel in first..<min(first + 16, channels) {
        mean[channel] = Float(Double(sums[channel - first]) * Double(scale) / Double(positions))
      }
    }
  }

  /// Quantizes a mean of one pixel.
  public func quantize(
    _ mean: UnsafePointer<Float>, _ quantization: QuantizationParameters, into bytes: UnsafeMutablePointer<UInt8>
  ) {
    var task = va_qu8_quantization(
      x: mean, plane: 1, channels: channels, count: 1, y: bytes, pixel: partCount,
      result: QuantizedResult(supported: nil, quantization).task)
    isa.int8.quantize(&task)
  }
}
