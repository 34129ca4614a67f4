import CKernels
import CPU
import IR

/// The arithmetic of int8 layers on integers held as float32, forward and backward: bit for bit that of the int8
/// kernels, as long as sums stay below 2²⁴.
///
/// It works on runs of pixels of ``/CPU/KernelSet/padded(_:)`` floats; elements past the last channel are unspecified.
public struct RequantizeKernel: Sendable {
  private let kernels: TrainingKernels
  private let operation: Operations.Requantize
  private let channels: Int

  /// Prepares the kernel for a layer.
  init(kernels: KernelSet, _ operation: Operations.Requantize, channels: Int) {
    self.kernels = TrainingKernels(kernels)
    self.operation = operation
    self.channels = channels
  }

  /// The profile name of the kernel that rounds.
  public var name: String { kernels.name("requantize") }
  /// The profile name of the kernel that computes the gradient.
  public var gradientName: String { kernels.name("requantize_gradient") }

  /// The number of floats in the factors: one pixel.
  public var factorCount: Int { kernels.padded(channels) }

  /// Prepares the kernel for a layer whose result is bytes of a scale, from integers and a residual.
  public init(
    kernels: KernelSet, activation: ActivationFunction?, residualScale: Float?, resultScale: Float, channels: Int
  ) {
    self.init(
      kernels: kernels,
      Operations.Requantize(
        residualScale: residualScale, activation: activation,
        result: .init(.byte(QuantizationParameters(scale: resultScale, zeroPoint: 0)))), channels: channels)
  }

  /// Computes the factors that the other functions take.
  ///
  /// - Parameters:
  ///   - scales: `[channels]`; nil for 1.
  ///   - factors: Memory for ``factorCount`` floats.
  public func prepare(scales: UnsafePointer<Float>?, factors: UnsafeMutablePointer<Float>) {
    for channel in 0..<channels { factors[channel] = operation.factor(operation.inputScale, scales?[channel] ?? 1) }
    for lane in channels..<factorCount { factors[lane] = 0 }
  }

  /// Requantizes a run of pixels.
  ///
  /// - Parameters:
  ///   - x: The first pixel of the sums.
  ///   - factors: What ``prepare(scales:factors:)`` computed.
  ///   - residual: The pixels that are added; nil if the operation adds nothing.
  ///   - y: Memory for the results; may be the memory of x.
  ///   - count: The number of pixels.
  public func run(
    x: UnsafePointer<Float>, factors: UnsafePointer<Float>, residual: UnsafePointer<Float>?,
    y: UnsafeMutablePointer<Float>, count: Int
  ) {
    var task = va_train_requantization(
      x: x, factors: factors, residual: residual, y: y, residual_factor: operation.residualFactor,
      inverse: operation.inverse, low: operation.low, high: operation.high, count: count,
      vectors: kernels.vectors(channels), form: form, activation: operation.activation.code,
      streams: kernels.streams(floats: count * factorCount))
    kernels.table.pointee.requantize(&task)
  }

  /// Computes the gradients of x and of the residual.
  ///
  /// - Parameters:
  ///   - x: The first pixel of the sums.
  ///   - dy: The gradient of the results.
  ///   - factors: What ``prepare(scales:factors:)`` computed.
  ///   - residual: The pixels that were added; nil if the operation adds nothing.
  ///   - dx: Memory for the gradient of x; may be the memory of x or dy.
  ///   - residualGradient: Memory for the gradient of the residual; nil if it is not needed.
  ///   - count: The number of pixels.
  public func gradient(
    x: UnsafePointer<Float>, dy: UnsafePointer<Float>, factors: UnsafePointer<Float>,
    residual: UnsafePointer<Float>?, dx: UnsafeMutablePointer<Float>,
    residualGradient: UnsafeMutablePointer<Float>?, count: Int
  ) {
    var task = va_train_requantization_gradient(
      x: x, dy: dy, factors: factors, residual: residual, dx: dx, residual_gradient: residualGradient,
      residual_factor: operation.residualFactor, inverse: operation.inverse, low: operation.low, high: operation.high,
      count: count, vectors: kernels.vectors(channels), form: form, activation: operation.activation.code,
      streams: kernels.streams(floats: count * factorCount))
    kernels.table.pointee.requantize_gradient(&task)
  }

  private var form: Int32 {
    let form =
      operation.result == nil
      ? va_train_real
      : !operation.isLinear
        ? va_train_rounds_function : operation.residualScale == nil ? va_train_rounds_product : va_train_rounds_sum
    return Int32(form)
  }
}

/// Sums integers over pixels: exact for int16, for any number of pixels.
public struct SumPixelsKernel: Sendable {
  private let kernels: TrainingKernels
  private let channels: Int

  /// Prepares the kernel for pixels of the given number of channels.
  public init(kernels: KernelSet, channels: Int) {
    self.kernels = TrainingKernels(kernels)
    self.channels = channels
  }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("sum_pixels") }
  /// The number of doubles in the sums: one pixel.
  public var sumCount: Int { kernels.padded(channels) }

  /// Adds adjacent pixels to sums.
  public func add(x: UnsafePointer<Float>, count: Int, to sums: UnsafeMutablePointer<Double>) {
    kernels.table.pointee.sum_pixels(x, kernels.vectors(channels), count, sums)
  }
}
