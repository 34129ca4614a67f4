import Tensors

extension Operations {
  /// Normalization over the channels of a group and all positions; with a group for each channel, instance
  /// normalization.
  ///
  /// Inputs: x `[N, C, …]`, scale `[C]`, shift `[C]`. Result: like x.
  public struct GroupNorm: Operation {
    /// `group_norm`.
    public static let name = "group_norm"
    /// The number of groups that the channels are split into.
    public var groups: Int
    /// The number that is added to the variance.
    public var epsilon: Float

    /// Creates a normalization from its attributes.
    public init(groups: Int, epsilon: Float) {
      self.groups = groups
      self.epsilon = epsilon
    }

    /// Returns the type of x; scale and shift must be `[C]`.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(3...3, of: [.float32])
      let channels = try inputs[0].requireFixed(1, "the number of channels")
      guard groups >= 1, channels % groups == 0 else {
        throw ShapeError("\(channels) channels do not split into \(groups) groups")
      }
      try inputs[1].require([.fixed(channels)], "the scale")
      try inputs[2].require([.fixed(channels)], "the shift")
      return [inputs[0]]
    }

    /// Clips are independent.
    public var facts: OperationFacts { OperationFacts(reach: .clip, cost: .uncounted, integers: .none) }

    /// Returns `(x − mean) / √(variance + epsilon) · scale + shift`, with the statistics of a group of channels.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      [Reference.groupNorm(inputs[0], scale: inputs[1], shift: inputs[2], groups: groups, epsilon: epsilon)]
    }
  }
}
