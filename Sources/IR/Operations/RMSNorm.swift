import Tensors

extension Operations {
  /// Root mean square normalization over the last axes, those of the scale.
  ///
  /// Inputs: x `[…, D…]`, scale `[D…]`. Result: like x.
  public struct RMSNorm: Operation {
    /// `rms_norm`.
    public static let name = "rms_norm"
    /// The number that is added to the mean of the squares.
    public var epsilon: Float

    /// Creates a normalization from its attributes.
    public init(epsilon: Float) { self.epsilon = epsilon }

    /// Returns the type of x; the scale must be x's last axes.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(2...2, of: [.float32])
      guard inputs[1].rank >= 1, inputs[1].rank <= inputs[0].rank else {
        throw ShapeError("the scale must have at least one axis and no more than x")
      }
      try inputs[1].require(Array(inputs[0].shape.suffix(inputs[1].rank)), "the scale")
      return [inputs[0]]
    }

    /// Only the last axes are averaged, so clips are independent.
    public var facts: OperationFacts { OperationFacts(reach: .clip, cost: .uncounted, integers: .none) }

    /// Returns `x / √(mean x² + epsilon) · scale`, over the last axes.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      [Reference.rmsNorm(inputs[0], scale: inputs[1], epsilon: epsilon)]
    }
  }
}
