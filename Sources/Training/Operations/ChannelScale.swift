import IR
import Tensors

extension Operations {
  /// Multiplies each channel of a clip by a number, as squeeze-excite does, and applies an activation.
  ///
  /// `y = activation(x · scale)`. Inputs: x `[N, C, …]`, scale `[N, C, 1…]`. Result: like x.
  struct ChannelScale: Operation {
    static let name = "channel_scale"
    /// The function that is applied to the products.
    var activation: ActivationFunction?

    var facts: OperationFacts { OperationFacts(reach: .clip, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(2)
      try inputs.requireScale(1)
      return [inputs[0]]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let products = Self.products(inputs[0], inputs[1])
      return [Tensor(products.map { activation?($0) ?? $0 }, shape: inputs[0].shape)]
    }

    /// Returns `x · scale`.
    fileprivate static func products(_ x: Tensor, _ scale: Tensor) -> [Float] {
      let (x, plane): ([Float], Int) = (x.elements(), x.shape.dropFirst(2).reduce(1, *))
      let scale: [Float] = scale.elements()
      return x.indices.map { x[$0] * scale[$0 / plane] }
    }
  }

  /// The gradient of a channel scale for its scale.
  ///
  /// Inputs: x, scale, the result's gradient. Result: like the scale.
  struct ChannelScaleFactorGradient: Operation {
    static let name = "channel_scale_factor_gradient"
    var activation: ActivationFunction?

    var facts: OperationFacts { OperationFacts(reach: .clip, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(3)
      try inputs.requireScale(1)
      return [inputs[1]]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let products = ChannelScale.products(inputs[0], inputs[1])
      let (x, dy): ([Float], [Float]) = (inputs[0].elements(), inputs[2].elements())
      let plane = inputs[0].shape.dropFirst(2).reduce(1, *)
      var sums = [Double](repeating: 0, count: inputs[1].count)
      for index in x.indices {
        sums[index / plane] += Double(dy[index] * (activation?.slope(products[index]) ?? 1)) * Double(x[index])
      }
      return [Tensor(sums.map { Float($0) }, shape: inputs[1].shape)]
    }
  }

  /// The gradient of a channel scale for x, to which another one may be added.
  ///
  /// Inputs: x, scale, the result's gradient and, optionally, a number for each clip and channel, like the scale.
  /// Result: like x, the gradient plus that number times a factor.
  struct ChannelScaleGradient: Operation {
    static let name = "channel_scale_gradient"
    var activation: ActivationFunction?
    /// The factor of the number that is added.
    var factor: Float = 1

    var facts: OperationFacts { OperationFacts(reach: .clip, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      guard inputs.count == 4 else {
        try inputs.requireCount(3)
        try inputs.requireScale(1)
        return [inputs[0]]
      }
      try inputs.requireScale(1)
      try inputs.requireScale(3)
      return [inputs[0]]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let products = ChannelScale.products(inputs[0], inputs[1])
      let (scale, dy): ([Float], [Float]) = (inputs[1].elements(), inputs[2].elements())
      let added: [Float]? = inputs.count == 4 ? inputs[3].elements() : nil
      let plane = inputs[0].shape.dropFirst(2).reduce(1, *)
      let dx = dy.indices.map { index -> Float in
        let own = dy[index] * (activation?.slope(products[index]) ?? 1) * scale[index / plane]
        return own + (added.map { $0[index / plane] * factor } ?? 0)
      }
      return [Tensor(dx, shape: inputs[0].shape)]
    }
  }
}

extension [ValueType] {
  /// Checks that an input has one number for each clip and channel of the first one.
  fileprivate func requireScale(_ index: Int) throws(ShapeError) {
    let x = self[0].shape
    guard x.count >= 2, self[index].shape == x.prefix(2) + x.dropFirst(2).map({ _ in .fixed(1) }) else {
      throw ShapeError("the scale must have one number for each clip and channel of x")
    }
  }
}
