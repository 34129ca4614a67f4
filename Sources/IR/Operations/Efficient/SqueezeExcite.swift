import Tensors

extension Operations {
  /// The network of squeeze-excite, from the means of the channels to their scales: `sigmoid(W₂ · activation(W₁ · mean
  /// + b₁) + b₂)`.
  ///
  /// Inputs: mean `[N, C, (1,) 1, 1]`, W₁ `[R, C]`, b₁ `[R]`, W₂ `[C, R]`, b₂ `[C]`. Result: scale, like mean.
  /// Source: Hu et al. 2018, section 3.
  public struct SqueezeExcite: Operation {
    /// `squeeze_excite`.
    public static let name = "squeeze_excite"
    /// The function between the two linear maps; nil for none.
    public var activation: ActivationFunction?

    /// Creates squeeze-excite with an activation between the linear maps.
    public init(activation: ActivationFunction? = .relu) { self.activation = activation }

    /// Returns the type of the means; W₁ and W₂ must map from C to R and back.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(5...5, of: [.float32])
      guard (4...5).contains(inputs[0].rank) else {
        throw ShapeError("the mean must be [N, C, 1, 1] or [N, C, 1, 1, 1]")
      }
      try inputs[0].requirePerChannel(of: inputs[0], "the mean")
      let channels = Dimension.fixed(try inputs[0].requireFixed(1, "the number of channels"))
      let reduced = Dimension.fixed(try inputs[1].requireFixed(0, "the width of the bottleneck"))
      try inputs[1].require([reduced, channels], "the first weight")
      try inputs[2].require([reduced], "the first bias")
      try inputs[3].require([channels, reduced], "the second weight")
      try inputs[4].require([channels], "the second bias")
      return [inputs[0].perChannel]
    }

    /// Clips are independent; it runs in floating point, even if its weights are bytes.
    public var facts: OperationFacts {
      OperationFacts(
        reach: .clip,
        cost: .multiplyAdds { inputs, _ in
          OperationFacts.Cost.count([inputs[0][0], inputs[1].reduce(1, *) + inputs[3].reduce(1, *)])
        },
        integers: .storedWeights([1, 3]) { [activation] inputs in
          [Reference.Quantized.squeezeExcite(inputs[0], parameters: Array(inputs[1...]), activation: activation)]
        })
    }

    /// Returns `sigmoid(W₂ · activation(W₁ · x + b₁) + b₂)` for each clip.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let means = inputs[0].reshaped(to: Array(inputs[0].shape.prefix(2)))
      let reduced = Efficient.finish(
        Reference.linear(means, weight: inputs[1], bias: inputs[2]), activation: activation)
      let scale = Reference.activation(Reference.linear(reduced, weight: inputs[3], bias: inputs[4]), .sigmoid)
      return [scale.reshaped(to: inputs[0].shape)]
    }
  }
}
