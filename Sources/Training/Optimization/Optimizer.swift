import Tensors

/// Updates weights by their gradients.
public struct Optimizer: Sendable {
  /// The optimization algorithm.
  public enum Method: Sendable, Hashable {
    /// Stochastic gradient descent with momentum (Sutskever et al. 2013), as in PyTorch.
    case sgd(momentum: Float, isNesterov: Bool)
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
    case adamW(beta1: Float, beta2: Float, epsilon: Float)

    /// The number of state values for each weight.
    var slotCount: Int {
      switch self {
      case .sgd(let momentum, _): momentum == 0 ? 0 : 1
      case .adamW: 2
      }
    }
  }

  /// The optimization algorithm.
  public let method: Method
  /// The weight decay, which is multiplied by the learning rate; it does not apply to norms and biases.
  public let weightDecay: Float
  /// The number of steps that were done.
  public private(set) var steps = 0
  /// The optimizer's state, by the parameter's path.
  private(set) var slots: [String: [Tensor]] = [:]

  /// Creates an optimizer in its initial state.
  public init(_ method: Method, weightDecay: Float) {
    self.method = method
    self.weightDecay = weightDecay
  }

  /// Creates an optimizer that continues from a state.
  init(_ method: Method, weightDecay: Float, steps: Int, slots: [String: [Tensor]]) {
    self.init(method, weightDecay: weightDecay)
    self.steps = steps
    self.slots = slots
  }

  /// Takes a step.
  ///
  /// - Parameters:
  ///   - weights: The weights by path, which are updated.
  ///   - paths: The paths of the trained parameters.
  ///   - gradients: One gradient for each path.
  ///   - rate: The learning rate.
  ///   - scale: The number that gradients are multiplied by first.
  mutating func update(
    _ weights: inout [String: Tensor], _ paths: [String], _ gradients: [Tensor], rate: Double, scale: Float = 1
  ) {
    steps += 1
    let kernel = UpdateKernel.preferred
    for (path, gradient) in zip(paths, gradients) {
      // Removed from the dictionaries, so that they are changed in place.
      guard var weight = weights.updateValue(Tensor(zeros: [0]), forKey: path) else { continue }
      var own =
        slots.removeValue(forKey: path)
        ?? (0..<method.slotCount).map { _ in Tensor(zeros: weight.shape) }
      let decay = weight.rank > 1 ? weightDecay : 0
      switch method {
      case .sgd(let momentum, let isNesterov):
        Self.descend(
          kernel, &weight, &own, gradient, rate: Float(rate), scale: scale, decay: decay, momentum: momentum,
          isNesterov: isNesterov)
      case .adamW(let beta1, let beta2, let epsilon):
        adapt(
          kernel, &weight, &own, gradient, rate: rate, scale: scale, decay: decay, beta1: beta1, beta2: beta2,
          epsilon: epsilon)
      }
      weights[path] = weight
      if !own.isEmpty { slots[path] = own }
    }
  }

  private static func descend(
    _ kernel: UpdateKernel, _ weight: inout Tensor, _ slots: inout [Tensor], _ gradient: Tensor, rate: Float,
    scale: Float, decay: Float, momentum: Float, isNesterov: Bool
  ) {
    var velocity = slots.popLast()
    weight.withPointer { weight, count in
      gradient.withUnsafeElements(as: Float.self) { gradient in
        guard let gradient = gradient.baseAddress else { return }
        let run = { (velocity: UnsafeMutablePointer<Float>?) in
          kernel.descend(
            weight: weight, gradient: gradient, velocity: velocity, count: count, rate: rate, scale: scale,
            decay: decay, momentum: momentum, isNesterov: isNesterov)
        }
        if velocity?.withPointer({ velocity, _ in run(velocity) }) == nil { run(nil) }
      }
    }
    if let velocity { slots.append(velocity) }
  }

  private func adapt(
    _ kernel: UpdateKernel, _ weight: inout Tensor, _ slots: inout [Tensor], _ gradient: Tensor, rate: Double,
    scale: Float, decay: Float, beta1: Float, beta2: Float, epsilon: Float
  ) {
    let step = Float(rate / Self.correction(beta1, steps))
    let root = Float(Self.correction(beta2, steps).squareRoot())
    var (means, squares) = (slots[0], slots[1])
    slots.removeAll()
    weight.withPointer { weight, count in
      gradient.withUnsafeElements(as: Float.self) { gradient in
        guard let gradient = gradient.baseAddress else { return }
        means.withPointer { means, _ in
          squares.withPointer { squares, _ in
            kernel.adapt(
              weight: weight, gradient: gradient, mean: means, square: squares, count: count, scale: scale,
              beta1: beta1, beta2: beta2, epsilon: epsilon, kept: Float(1 - rate * Double(decay)), step: step,
              root: root)
          }
        }
      }
    }
    slots = [means, squares]
  }

  /// Returns the bias correction of averages that start at zero: 1 − betaⁿ.
  private static func correction(_ beta: Float, _ steps: Int) -> Double {
    var power = 1.0
    for _ in 0..<min(steps, 100_000) where power > 1e-18 { power *= Double(beta) }
    return 1 - power
  }
}

extension [Tensor] {
  /// The square root of the sum of all squares; NaN or infinity if an element is.
  var norm: Double {
    let kernel = UpdateKernel.preferred
    return reduce(0) { sum, tensor in
      sum
        + tensor.withUnsafeElements(as: Float.self) { elements in
          elements.baseAddress.map { kernel.squares($0, count: elements.count) } ?? 0
        }
    }.squareRoot()
  }
}

extension Tensor {
  /// Calls `body` with the floats for writing, if there are any.
  fileprivate mutating func withPointer(_ body: (UnsafeMutablePointer<Float>, Int) -> Void) {
    withUnsafeMutableElements(as: Float.self) { elements in
      if let start = elements.baseAddress { body(start, elements.count) }
    }
  }
}
