import CKernels
import CPU
import IR

/// The gradients of the scaling of channels, as squeeze-excite does it, with an activation behind it.
///
/// `y[p, c] = activation(x[p, c] · scale[c])` on the pixels of one clip, which lie side by side; with g the gradient of the
/// activation's argument, `dx = g · scale + added` and `dscale = Σ_p g · x`. The argument is computed again. Forward it is
/// ``PointwiseKernel/Prologue`` or ``ElementwiseKernel``.
public struct ScaleGradientKernel: Sendable {
  private let kernels: TrainingKernels
  private let channels: Int
  private let activation: ActivationFunction?

  /// Prepares the kernel for a layer.
  public init(kernels: KernelSet, channels: Int, activation: ActivationFunction? = nil) {
    self.kernels = TrainingKernels(kernels)
    self.channels = channels
    self.activation = activation
  }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("scale_gradient") }

  /// Doubles of a part: one pixel.
  public var partCount: Int { kernels.padded(channels) }

  /// Computes a run of pixels of one clip.
  ///
  /// - Parameters:
  ///   - scale: one pixel, whose lanes past the last channel are unspecified, as those of `added` may.
  ///   - added: one pixel that is added to each pixel of dx, such as the gradient of the clip's means, divided by its positions.
  ///   - dx: where the gradient of x goes; nil if only the sums are wanted. May be dy's memory.
  ///   - part: ``partCount`` doubles that the sums are added to; nil if they are not wanted.
  public func run(
    x: UnsafePointer<Float>, dy: UnsafePointer<Float>, scale: UnsafePointer<Float>,
    added: UnsafePointer<Float>? = nil, dx: UnsafeMutablePointer<Float>?, part: UnsafeMutablePointer<Double>?,
    count: Int
  ) {
    var task = va_train_scale_gradient(
      x: x, dy: dy, scale: scale, added: added, dx: dx, sums: part, count: count, vectors: kernels.vectors(channels),
      activation: activation.code,
      // In place, results go to lines that are in the caches already.
      streams: dx.map { $0 == dy } ?? false ? 0 : kernels.streams(floats: count * partCount))
    kernels.table.pointee.scale_gradient(&task)
  }

  /// Sums the threads' parts.
  ///
  /// - Parameters:
  ///   - parts: side by side, or `stride` apart.
  ///   - stride: doubles from one part to the next; nil if they are side by side.
  ///   - count: the number of parts.
  ///   - gradient: that of the scale, `[channels]`.
  public func combine(
    parts: UnsafePointer<Double>, stride: Int? = nil, count: Int, into gradient: UnsafeMutablePointer<Float>
  ) {
    let stride = stride ?? partCount
    for channel in 0..<channels {
      gradient[channel] = Float((0..<count).reduce(0.0) { $0 + parts[$1 * stride + channel] })
    }
  }
}

/// Gradients of functions of each element, on runs of whole vectors.
public struct ElementwiseGradientKernel: Sendable {
  private let kernels: TrainingKernels

  /// The kernel of an instruction set.
  public init(kernels: KernelSet) { self.kernels = TrainingKernels(kernels) }

  /// The name in a profile of the kernel that differentiates an activation.
  public var activationName: String { kernels.name("activation_gradient") }
  /// The name in a profile of the kernel that repeats a pixel.
  public var repeatName: String { kernels.name("repeat_pixel") }

  /// The gradient of an activation's argument.
  ///
  /// - Parameters:
  ///   - x: the argument; for ReLU its result will do.
  ///   - dy: the gradient of the result.
  ///   - dx: may be the memory of x or dy.
  ///   - count: a multiple of ``KernelSet/width``.
  public func activation(
    _ function: ActivationFunction, x: UnsafePointer<Float>, dy: UnsafePointer<Float>,
    dx: UnsafeMutablePointer<Float>, count: Int
  ) {
    kernels.table.pointee.activation_gradient(
      Optional(function).code, x, dy, dx, count / kernels.width, kernels.streams(floats: count))
  }

  /// Writes one pixel, times a factor, to `count` pixels: the gradient of a mean over them.
  public func repeated(
    pixel: UnsafePointer<Float>, channels: Int, factor: Float, to y: UnsafeMutablePointer<Float>, count: Int
  ) {
    kernels.table.pointee.repeat_pixel(
      pixel, factor, y, kernels.vectors(channels), count, kernels.streams(floats: count * kernels.padded(channels)))
  }
}
