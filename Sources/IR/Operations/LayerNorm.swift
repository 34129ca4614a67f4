import Tensors

extension Operations {
  /// Layer normalization over the last axes, those of the scale.
  ///
  /// Inputs: x `[…, D…]`, scale `[D…]`, shift `[D…]`. Result: like x.
  public struct LayerNorm: Operation {
    /// `layer_norm`.
    public static let name = "layer_norm"
    /// The number that is added to the variance.
    public var epsilon: Float

    /// Creates a layer normalization from its attributes.
    public init(epsilon: Float) { self.epsilon = epsilon }

    /// Returns the type of x; scale and shift must be x's last axes.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(3...3, of: [.float32])
      guard inputs[1].rank >= 1, inputs[1].rank <= inputs[0].rank else {
        throw ShapeError("the scale must have at least one axis and no more than x")
      }
      let normalized = Array(inputs[0].shape.suffix(inputs[1].rank))
      try inputs[1].require(normalized, "the scale")
      try inputs[2].require(normalized, "the shift")
      return [inputs[0]]
    }

    /// Only the last axes are averaged, so clips are independent.
    public var facts: OperationFacts { OperationFacts(reach: .clip, cost: .uncounted, integers: .none) }

    /// Returns `(x − mean) / √(variance + epsilon) · scale + shift`, over the last axes.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      [
        Reference.layerNorm(
          inputs[0], scale: inputs[1], shift: inputs[2], normalizedRank: inputs[1].rank, epsilon: epsilon)
      ]
    }
  }
}
