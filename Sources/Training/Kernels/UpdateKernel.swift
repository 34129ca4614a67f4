import CKernels
import CPU

/// Optimizer steps on runs of weights of any length, in one pass over memory.
///
/// Bit for bit the results of the scalar definition.
public struct UpdateKernel: Sendable {
  private let kernels: TrainingKernels

  /// The kernel of an instruction set.
  public init(kernels: KernelSet) { self.kernels = TrainingKernels(kernels) }

  /// The kernel of the instruction set that plans use by default.
  static var preferred: UpdateKernel { UpdateKernel(kernels: KernelSet((try? ISA.preferred()) ?? .scalar)) }

  /// Stochastic gradient descent, as in PyTorch, with
  /// `slope = gradient · scale + decay · weight`, `velocity = momentum · velocity + slope`:
  /// `weight −= rate · velocity`, or with Nesterov's momentum `rate · (slope + momentum · velocity)`.
  ///
  /// - Parameter velocity: nil for no momentum.
  public func descend(
    weight: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, velocity: UnsafeMutablePointer<Float>?,
    count: Int, rate: Float, scale: Float, decay: Float, momentum: Float, isNesterov: Bool
  ) {
    var task = va_train_descent(
      weight: weight, gradient: gradient, velocity: velocity, count: count, rate: rate, scale: scale, decay: decay,
      momentum: momentum, is_nesterov: isNesterov ? 1 : 0)
    kernels.table.pointee.descend(&task)
  }

  /// AdamW: with `slope = gradient · scale`, `mean += (1 − beta1) · (slope − mean)`,
  /// `square = beta2 · square + (1 − beta2) · slope²`, `weight = weight · kept − step · mean / (√square / root + epsilon)`.
  ///
  /// - Parameters:
  ///   - kept: 1 − rate · weight decay.
  ///   - step: rate / (1 − beta1ⁿ).
  ///   - root: √(1 − beta2ⁿ).
  public func adapt(
    weight: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, mean: UnsafeMutablePointer<Float>,
    square: UnsafeMutablePointer<Float>, count: Int, scale: Float, beta1: Float, beta2: Float, epsilon: Float,
    kept: Float, step: Float, root: Float
  ) {
    var task = va_train_adam(
      weight: weight, gradient: gradient, mean: mean, square: square, count: count, scale: scale, beta1: beta1,
      beta2: beta2, step: step, root: root, kept: kept, epsilon: epsilon)
    kernels.table.pointee.adapt(&task)
  }

  /// The sum of the squares of some numbers; NaN or infinity if one of them is.
  public func squares(_ x: UnsafePointer<Float>, count: Int) -> Double {
    var sum = 0.0
    kernels.table.pointee.add_squares(x, count, &sum)
    return sum
  }
}
