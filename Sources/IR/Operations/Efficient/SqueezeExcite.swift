import Tensors

extension Operations {
  /// The network of squeeze-excite, from means to the scales of channels: `gate(W₂ · activation(W₁ · mean + b₁) + b₂)`.
  ///
  /// Inputs: mean `[N, M, (1,) 1, 1]`, W₁ `[R, M]`, b₁ `[R]`, W₂ `[C, R]`, b₂ `[C]`. Result: scale `[N, C, (1,) 1, 1]`. M is C,
  /// unless channels have several means, as in MoViNet.
  /// Source: Hu et al. 2018, section 3.
  public struct SqueezeExcite: Operation {
    /// `squeeze_excite`.
    public static let name = "squeeze_excite"
    /// The function between the two linear maps; nil for none.
    public var activation: ActivationFunction?
    /// The function that gives the scales.
    public var gate: ActivationFunction

    /// Creates squeeze-excite with an activation between the linear maps, and one after them.
    public init(activation: ActivationFunction? = .relu, gate: ActivationFunction = .sigmoid) {
      self.activation = activation
      self.gate = gate
    }

    /// Returns one element for each clip and channel; W₁ and W₂ must map from M to R and on to C.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(5...5, of: [.float32])
      guard (4...5).contains(inputs[0].rank) else {
        throw ShapeError("the mean must be [N, C, 1, 1] or [N, C, 1, 1, 1]")
      }
      try inputs[0].requirePerChannel(of: inputs[0], "the mean")
      let means = Dimension.fixed(try inputs[0].requireFixed(1, "the number of channels"))
      let reduced = Dimension.fixed(try inputs[1].requireFixed(0, "the width of the bottleneck"))
      try inputs[1].require([reduced, means], "the first weight")
      try inputs[2].require([reduced], "the first bias")
      let channels = Dimension.fixed(try inputs[3].requireFixed(0, "the number of scales"))
      try inputs[3].require([channels, reduced], "the second weight")
      try inputs[4].require([channels], "the second bias")
      var scale = inputs[0].perChannel
      scale.shape[1] = channels
      return [scale]
    }

    /// Clips are independent; it runs in floating point, even if its weights are bytes.
    public var facts: OperationFacts {
      OperationFacts(
        reach: .clip,
        cost: .multiplyAdds { inputs, _ in
          OperationFacts.Cost.count([inputs[0][0], inputs[1].reduce(1, *) + inputs[3].reduce(1, *)])
        },
        integers: .storedWeights([1, 3]) { [activation, gate] inputs in
          [
            Reference.Quantized.squeezeExcite(
              inputs[0], parameters: Array(inputs[1...]), activation: activation, gate: gate)
          ]
        })
    }

    /// Returns `gate(W₂ · activation(W₁ · x + b₁) + b₂)` for each clip.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let means = inputs[0].reshaped(to: Array(inputs[0].shape.prefix(2)))
      let reduced = Efficient.finish(
        Reference.linear(means, weight: inputs[1], bias: inputs[2]), activation: activation)
      let scale = Reference.activation(Reference.linear(reduced, weight: inputs[3], bias: inputs[4]), gate)
      return [scale.reshaped(to: scale.shape + inputs[0].shape.dropFirst(2))]
    }
  }
}

extension Operations.SqueezeExcite {
  private enum CodingKeys: String, CodingKey {
    case activation, gate
  }

  /// Writes the gate only if it is not the sigmoid, as files from before there were others have none.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(activation, forKey: .activation)
    if gate != .sigmoid { try container.encode(gate, forKey: .gate) }
  }

  /// Reads the attributes; the gate is the sigmoid unless it is given.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      activation: try container.decodeIfPresent(ActivationFunction.self, forKey: .activation),
      gate: try container.decodeIfPresent(ActivationFunction.self, forKey: .gate) ?? .sigmoid)
  }
}
