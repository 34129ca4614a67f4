import CTraining
import Kernels

/// The pixels that a convolution of one tap with a stride reads, out of an image and back.
///
/// Images are `[H, T, W, pixel]`. With these, the gradients of such a convolution are those of one without a stride.
public struct StridedPixelsKernel: Sendable {
  private let kernels: TrainingKernels
  private let vectors: Int
  private let stride: [Int]
  private let imageSize: [Int]
  /// How many pixels there are along T, H and W.
  public let size: [Int]

  /// Prepares the kernel for images of one size.
  ///
  /// - Parameters:
  ///   - stride: along T, H and W.
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

  /// Copies a range of the pixels' rows out of an image; the first of them goes to `pixels`.
  public func gather(image: UnsafePointer<Float>, rows: Range<Int>, into pixels: UnsafeMutablePointer<Float>) {
    var target = pixels
    for h in rows {
      for t in 0..<size[0] {
        let source = image + (h * stride[1] * imageSize[0] + t * stride[0]) * imageSize[2] * pixel
        copy(source, step: stride[2], to: target, step: 1)
        target += size[2] * pixel
      }
    }
  }

  /// Makes a range of an image's rows: the pixels at their places, and zeros between.
  public func scatter(pixels: UnsafePointer<Float>, image: UnsafeMutablePointer<Float>, rows: Range<Int>) {
    let row = imageSize[0] * imageSize[2]
    kernels.table.pointee.clear(image + rows.lowerBound * row * pixel, rows.count * row * vectors)
    for h in rows where h % stride[1] == 0 {
      for t in 0..<size[0] {
        let source = pixels + (h / stride[1] * size[0] + t) * size[2] * pixel
        copy(source, step: 1, to: image + (h * imageSize[0] + t * stride[0]) * imageSize[2] * pixel, step: stride[2])
      }
    }
  }

  private func copy(
    _ x: UnsafePointer<Float>, step xStep: Int, to y: UnsafeMutablePointer<Float>, step yStep: Int
  ) {
    var task = vt_pixel_copy(
      x: x, y: y, x_stride: xStep * pixel, y_stride: yStep * pixel, vectors: vectors, count: size[2],
      streams: 0)
    kernels.table.pointee.copy_pixels(&task)
  }
}
