import CKernels

/// The mean of each channel over all positions of an image `[H, T, W, pixel]`, in parts that threads can share.
///
/// Sums and means are float32 in every format, built in levels, so that tens of thousands of positions keep their digits.
public struct MeanKernel: Sendable {
  private let kernels: KernelSet
  private let channels: Int

  /// Prepares the kernel for images of some channels.
  public init(kernels: KernelSet, channels: Int) {
    self.kernels = kernels
    self.channels = channels
  }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("add_pixels") }

  /// Floats of a part: one pixel.
  public var partCount: Int { kernels.padded(channels) }

  /// Adds the channels of a run of pixels to a part, which the caller has set to zero.
  public func add(pixels input: UnsafeRawPointer, count: Int, to part: UnsafeMutablePointer<Float>) {
    var sum = va_pixel_sum(
      x: input, pixels: count, stride: partCount, vectors: partCount / kernels.width, sums: part)
    kernels.table.pointee.add_pixels(&sum)
  }

  /// Computes the mean from the parts.
  ///
  /// - Parameters:
  ///   - parts: the sums, also those of ``DepthwiseKernel``.
  ///   - stride: floats from one part to the next.
  ///   - count: the number of parts.
  ///   - positions: the number of pixels in all parts.
  ///   - mean: one pixel; may be the memory of a part.
  public func combine(
    parts: UnsafePointer<Float>, stride: Int, count: Int, positions: Int, into mean: UnsafeMutablePointer<Float>
  ) {
    let divisor = Float(positions)
    for channel in 0..<channels {
      var sum: Float = 0
      for part in 0..<count { sum += parts[part * stride + channel] }
      mean[channel] = sum / divisor
    }
  }
}
