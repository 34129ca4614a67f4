import CKernels
import CPU

/// Optimizer steps on runs of weights of any length, in one pass over memory.
///
/// The results are bit for bit those of the scalar definition.
public struct UpdateKernel: Sendable {
  private let kernels: TrainingKernels

  /// Creates the kernel for an instruction set, in float32.
  public init(kernels: KernelSet) { self.kernels = TrainingKernels(kernels) }

  /// The kernel of the instruction set that plans use by default.
  static var preferred: UpdateKernel { UpdateKernel(kernels: KernelSet((try? ISA.preferred()) ?? .scalar)) }

  /// Takes a step of stochastic gradient descent, as PyTorch does.
  ///
  /// `slope = gradient · scale + decay · weight`, `velocity = momentum · velocity + slope`, `weight −= rate ·
  /// velocity`; with Nesterov's momentum `weight −= rate · (slope + momentum · velocity)`.
  ///
  /// - Parameters:
  ///   - weight: The weights, which are updated.
  ///   - gradient: Their gradients.
  ///   - velocity: Their velocities, which are updated; nil without momentum.
  ///   - count: The number of weights.
  ///   - rate: The learning rate.
  ///   - scale: The number that gradients are multiplied by first.
  ///   - decay: The weight decay.
  ///   - momentum: The momentum, 0 ..< 1.
  ///   - isNesterov: Whether to use Nesterov's momentum.
  public func descend(
    weight: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, velocity: UnsafeMutablePointer<Float>?,
    count: Int, rate: Float, scale: Float, decay: Float, momentum: Float, isNesterov: Bool
  ) {
    var task = va_train_descent(
      weight: weight, gradient: gradient, velocity: velocity, count: count, rate: rate, scale: scale, decay: decay,
      momentum: momentum, is_nesterov: isNesterov ? 1 : 0)
    kernels.table.pointee.descend(&task)
  }

  /// Takes a step of AdamW.
  ///
  /// With `slope = gradient · scale`, `mean += (1 − beta1) · (slope − mean)`, `square = beta2 · square + (1 − beta2) ·
  /// slope²`, `weight = weight · kept − step · mean / (√square / root + epsilon)`.
  ///
  /// - Parameters:
  ///   - weight: The weights, which are updated.
  ///   - gradient: Their gradients.
  ///   - mean: The running means of the gradients, which are updated.
  ///   - square: The running means of the squared gradients, which are updated.
  ///   - count: The number of weights.
  ///   - scale: The number that gradients are multiplied by first.
  ///   - beta1: The decay rate of the means.
  ///   - beta2: The decay rate of the squares.
  ///   - epsilon: The number that is added to the denominator.
  ///   - kept: 1 − rate · weight decay.
  ///   - step: rate / (1 − beta1ⁿ) at step n.
  ///   - root: √(1 − beta2ⁿ) at step n.
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

  /// Returns the sum of the squares of some numbers; NaN or infinity if one of them is.
  public func squares(_ x: UnsafePointer<Float>, count: Int) -> Double {
    var sum = 0.0
    kernels.table.pointee.add_squares(x, count, &sum)
    return sum
  }
}
