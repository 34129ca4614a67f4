import CKernels
import CPU
import IR

/// The gradients of a channel scale, as squeeze-excite uses it, with an activation after it.
///
/// `y[p, c] = activation(x[p, c] · scale[c])` on the adjacent pixels of one clip; with g the gradient of the
/// activation's argument, `dx = g · scale + added` and `dscale = Σ_p g · x`. The argument is recomputed. The forward
/// pass is ``/CPU/PointwiseKernel/Prologue`` or ``/CPU/ElementwiseKernel``.
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

  /// The number of doubles in a part: one pixel.
  public var partCount: Int { kernels.padded(channels) }

  /// Computes a run of pixels of one clip.
  ///
  /// - Parameters:
  ///   - x: The first pixel of the layer's input.
  ///   - dy: The gradient of its output.
  ///   - scale: One pixel; elements past the last channel are unspecified.
  ///   - added: One pixel that is added to each pixel of dx, such as the gradient of the clip's means divided by the
  ///     number of positions; elements past the last channel are unspecified.
  ///   - dx: Memory for the gradient of x, may be dy's memory; nil if only the sums are needed.
  ///   - part: ``partCount`` doubles that the sums are added to; nil if they are not needed.
  ///   - count: The number of pixels.
  public func run(
    x: UnsafePointer<Float>, dy: UnsafePointer<Float>, scale: UnsafePointer<Float>,
    added: UnsafePointer<Float>? = nil, dx: UnsafeMutablePointer<Float>?, part: UnsafeMutablePointer<Double>?,
    count: Int
  ) {
    var task = va_train_scale_gradient(
      x: x, dy: dy, scale: scale, added: added, dx: dx, sums: part, count: count, vectors: kernels.vectors(channels),
      activation: activation.code,
      // In place, results are written to lines that are in the caches already.
      streams: dx.map { $0 == dy } ?? false ? 0 : kernels.streams(floats: count * partCount))
    kernels.table.pointee.scale_gradient(&task)
  }

  /// Sums the threads' parts.
  ///
  /// - Parameters:
  ///   - parts: The first part.
  ///   - stride: The number of doubles from one part to the next; nil if they are adjacent.
  ///   - count: The number of parts.
  ///   - gradient: Memory for the gradient of the scale, `[channels]`.
  public func combine(
    parts: UnsafePointer<Double>, stride: Int? = nil, count: Int, into gradient: UnsafeMutablePointer<Float>
  ) {
    let stride = stride ?? partCount
    for channel in 0..<channels {
      gradient[channel] = Float((0..<count).reduce(0.0) { $0 + parts[$1 * stride + channel] })
    }
  }
}

/// The gradients of elementwise functions, on runs of whole vectors.
public struct ElementwiseGradientKernel: Sendable {
  private let kernels: TrainingKernels

  /// Creates the kernel for an instruction set, in float32.
  public init(kernels: KernelSet) { self.kernels = TrainingKernels(kernels) }

  /// The profile name of the kernel that differentiates an activation.
  public var activationName: String { kernels.name("activation_gradient") }
  /// The profile name of the kernel that repeats a pixel.
  public var repeatName: String { kernels.name("repeat_pixel") }

  /// Computes the gradient of an activation's argument.
  ///
  /// - Parameters:
  ///   - function: The activation.
  ///   - x: The argument; for ReLU, its result works as well.
  ///   - dy: The gradient of the result.
  ///   - dx: Memory for the gradient of the argument; may be the memory of x or dy.
  ///   - count: The number of elements, a multiple of ``/CPU/KernelSet/width``.
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
