import CKernels

/// Computes the mean of each channel over all positions of an image `[H, T, W, pixel]`, in parts that threads can
/// share.
///
/// Sums and means are float32 in every format. They are built in levels, so that sums over tens of thousands of
/// positions stay accurate.
public struct MeanKernel: Sendable {
  private let kernels: KernelSet
  private let channels: Int

  /// Prepares the kernel for images with the given number of channels.
  public init(kernels: KernelSet, channels: Int) {
    self.kernels = kernels
    self.channels = channels
  }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("add_pixels") }

  /// The number of floats in a part: one pixel.
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
  ///   - parts: The sums, which can also be those of ``DepthwiseKernel``.
  ///   - stride: The number of floats from one part to the next.
  ///   - count: The number of parts.
  ///   - positions: The number of pixels in all parts together.
  ///   - mean: One pixel.
  public func combine(
    parts: UnsafePointer<Float>, stride: Int, count: Int, positions: Int, into mean: UnsafeMutablePointer<Float>
  ) {
    // Part by part, so that channels are added side by side.
    for channel in 0..<channels { mean[channel] = 0 }
    for part in 0..<count {
      for channel in 0..<channels { mean[channel] += parts[part * stride + channel] }
    }
    let divisor = Float(positions)
    for channel in 0..<channels { mean[channel] /= divisor }
  }
}
