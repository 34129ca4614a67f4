import Tensors

extension Operations {
  /// Batch normalization with given statistics, as in inference.
  ///
  /// Inputs: x `[N, C, …]`, then scale, shift, mean and variance, `[C]` each. Result: like x.
  public struct BatchNorm: Operation {
    /// `batch_norm`.
    public static let name = "batch_norm"
    /// The number that is added to the variance.
    public var epsilon: Float

    /// Creates a batch normalization from its attributes.
    public init(epsilon: Float) { self.epsilon = epsilon }

    /// Returns the type of x; the four parameters must be `[C]`.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(5...5, of: [.float32])
      guard inputs[0].rank >= 2 else { throw ShapeError("x must be [N, C, …]") }
      for (input, what) in zip(inputs[1...], ["the scale", "the shift", "the mean", "the variance"]) {
        try input.require([inputs[0].shape[1]], what)
      }
      return [inputs[0]]
    }

    /// The statistics are inputs, so clips are independent.
    public var facts: OperationFacts { OperationFacts(reach: .clip, cost: .uncounted, integers: .none) }

    /// Returns `(x − mean) / √(variance + epsilon) · scale + shift`.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      [
        Reference.batchNorm(
          inputs[0], scale: inputs[1], shift: inputs[2], mean: inputs[3], variance: inputs[4], epsilon: epsilon)
      ]
    }
  }
}
