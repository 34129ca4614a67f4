import Tensors

extension Operations {
  /// Batch normalization with given statistics, as in inference.
  ///
  /// Inputs: x `[N, C, …]`, then scale, shift, mean and variance, `[C]` each. Result: like x.
  public struct BatchNorm: Operation {
    /// `batch_norm`.
    public static let name = "batch_norm"
    /// Added to the variance.
    public var epsilon: Float

    /// A batch normalization from its attributes.
    public init(epsilon: Float) { self.epsilon = epsilon }

    /// Like x; the four parameters must be `[C]`.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(5...5, of: [.float32])
      guard inputs[0].rank >= 2 else { throw ShapeError("x must be [N, C, …]") }
      for (input, what) in zip(inputs[1...], ["the scale", "the shift", "the mean", "the variance"]) {
        try input.require([inputs[0].shape[1]], what)
      }
      return [inputs[0]]
    }

    /// Statistics are given, so clips stay apart.
    public var facts: OperationFacts { OperationFacts(reach: .clip, cost: .uncounted, integers: .none) }

    /// `(x − mean) / √(variance + epsilon) · scale + shift`.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      [
        Reference.batchNorm(
          inputs[0], scale: inputs[1], shift: inputs[2], mean: inputs[3], variance: inputs[4], epsilon: epsilon)
      ]
    }
  }
}
