import CKernels
import CPU

/// Gathers the pixels of an image that a convolution of one tap with a stride reads.
///
/// Images are `[H, T, W, pixel]`. With the gathered pixels, the weight gradient of such a convolution is that of one
/// without a stride.
public struct StridedPixelsKernel: Sendable {
  private let kernels: TrainingKernels
  private let vectors: Int
  private let stride: [Int]
  private let imageSize: [Int]
  /// The number of pixels along T, H and W.
  public let size: [Int]

  /// Prepares the kernel for images of one size.
  ///
  /// - Parameters:
  ///   - kernels: The instruction set to compute with, in float32.
  ///   - channels: The number of channels.
  ///   - stride: The stride along T, H and W.
  ///   - imageSize: `[T, H, W]`.
  public init(kernels: KernelSet, channels: Int, stride: [Int], imageSize: [Int]) {
    self.kernels = TrainingKernels(kernels)
    vectors = self.kernels.vectors(channels)
    self.stride = stride
    self.imageSize = imageSize
    size = zip(imageSize, stride).map { ($0 + $1 - 1) / $1 }
  }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("copy_pixels") }

  private var pixel: Int { vectors * kernels.width }

  /// Copies rows of the strided pixels out of an image; the first row goes to `pixels`.
  public func gather(image: UnsafePointer<Float>, rows: Range<Int>, into pixels: UnsafeMutablePointer<Float>) {
    var target = pixels
    for h in rows {
      for t in 0..<size[0] {
        let source = image + (h * stride[1] * imageSize[0] + t * stride[0]) * imageSize[2] * pixel
        var task = va_train_pixel_copy(
          x: source, y: target, x_stride: stride[2] * pixel, y_stride: pixel, vectors: vectors, count: size[2],
          streams: 0)
        kernels.table.pointee.copy_pixels(&task)
        target += size[2] * pixel
      }
    }
  }
}
