import CKernels
import CPU
import IR

/// The arithmetic of int8 layers on integers held as floats, forward and backward: bit for bit that of the int8
/// kernels, as long as sums stay below 2²⁴.
///
/// It works on runs of pixels of ``KernelSet/padded(_:)`` floats; lanes past the last channel are unspecified.
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

  /// The name in a profile of the kernel that rounds.
  public var name: String { kernels.name("requantize") }
  /// The name in a profile of its gradient.
  public var gradientName: String { kernels.name("requantize_gradient") }

  /// Floats of the factors: one pixel.
  public var factorCount: Int { kernels.padded(channels) }

  /// Prepares the kernel for bytes of a scale, from integers and a residual.
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
  /// - Parameter scales: `[channels]`; nil: all are 1.
  public func prepare(scales: UnsafePointer<Float>?, factors: UnsafeMutablePointer<Float>) {
    for channel in 0..<channels { factors[channel] = operation.factor(operation.inputScale, scales?[channel] ?? 1) }
    for lane in channels..<factorCount { factors[lane] = 0 }
  }

  /// Computes a run of pixels.
  ///
  /// - Parameters:
  ///   - residual: What is added; nil if the operation adds nothing.
  ///   - y: May be the memory of x.
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

  /// The gradients of x and of the residual.
  ///
  /// - Parameters:
  ///   - dx: May be the memory of x or dy.
  ///   - residualGradient: Where that of the residual goes; nil if it is not wanted.
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

/// Sums of integers over pixels: exact for int16, whatever the number of pixels.
public struct SumPixelsKernel: Sendable {
  private let kernels: TrainingKernels
  private let channels: Int

  /// Prepares the kernel for a number of channels.
  public init(kernels: KernelSet, channels: Int) {
    self.kernels = TrainingKernels(kernels)
    self.channels = channels
  }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("sum_pixels") }
  /// Doubles of the sums: one pixel.
  public var sumCount: Int { kernels.padded(channels) }

  /// Adds pixels that lie side by side to sums.
  public func add(x: UnsafePointer<Float>, count: Int, to sums: UnsafeMutablePointer<Double>) {
    kernels.table.pointee.sum_pixels(x, kernels.vectors(channels), count, sums)
  }
}
