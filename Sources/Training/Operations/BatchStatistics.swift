import IR
import Tensors

extension Operations {
  /// Batch normalization by the batch's own statistics, as in training, with a residual and an activation.
  ///
  /// `y = activation(normalized · scale + shift + residual)`. Inputs: x `[N, C, …]`, scale and shift `[C]` and, optionally, a
  /// residual like x. Results: like x; the mean and the biased variance of each channel of x, `[C]`.
  /// Of a batch that ranks share, mean and variance are those of the whole batch.
  /// Source: Ioffe and Szegedy 2015, algorithm 1.
  struct BatchNormTraining: Operation {
    static let name = "batch_norm_training"
    /// The number that is added to the variance.
    var epsilon: Float
    /// The function that is applied last; after a residual only ReLU or nil.
    var activation: ActivationFunction?
    /// The ranks that share the batch; nil for a whole batch.
    var ranks: RankLink?

    var facts: OperationFacts { OperationFacts(reach: .batch, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      guard inputs.count == 4 else {
        try inputs.requireCount(3)
        return try types(inputs)
      }
      guard inputs[3] == inputs[0] else { throw ShapeError("x and the residual must be alike") }
      guard activation == nil || activation == .relu else { throw ShapeError("only ReLU may come after a residual") }
      return try types(inputs)
    }

    private func types(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      guard inputs[0].rank >= 2 else { throw ShapeError("x must be [N, C, …]") }
      let channels = ValueType([inputs[0].shape[1]])
      guard inputs[1] == channels, inputs[2] == channels else {
        throw ShapeError("scale and shift must have one number for each channel")
      }
      return [inputs[0], channels, channels]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let planes = ChannelPlanes(inputs[0])
      let x: [Float] = inputs[0].elements()
      let whole = { (sums: [Double]) in ranks?.sums(sums) ?? sums }
      let count = whole([Double(planes.countPerChannel)])[0]
      let means = whole(planes.sums { Double(x[$0]) }).map { $0 / count }
      let variances = whole(
        planes.sums { index in
          let difference = Double(x[index]) - means[planes.channel(of: index)]
          return difference * difference
        }
      ).map { $0 / count }
      let mean = Tensor(means.map { Float($0) }, shape: [planes.channels])
      let variance = Tensor(variances.map { Float($0) }, shape: [planes.channels])
      let normalized = Reference.batchNorm(
        inputs[0], scale: inputs[1], shift: inputs[2], mean: mean, variance: variance, epsilon: epsilon)
      var y: [Float] = normalized.elements()
      if inputs.count == 4 { y = zip(y, inputs[3].elements(as: Float.self)).map { $0 + $1 } }
      if let activation { y = y.map { activation($0) } }
      return [Tensor(y, shape: inputs[0].shape), mean, variance]
    }
  }

  /// The gradient of batch normalization with its residual and activation.
  ///
  /// Inputs: x and the result's gradient `[N, C, …]`, scale, mean and variance `[C]`; with an activation also what its
  /// slope is computed from: shift `[C]`, or after a residual the result. Results: the gradients of x, scale and shift,
  /// and after a residual that of the residual. Of a batch that ranks share, those of scale and shift are this rank's
  /// parts, which add up to the whole batch's.
  struct BatchNormGradient: Operation {
    static let name = "batch_norm_gradient"
    /// The number that is added to the variance.
    var epsilon: Float
    /// Whether mean and variance are those of x, and so depend on it; otherwise they are constants.
    var usesBatch: Bool
    /// The activation after the normalization; after a residual ReLU.
    var activation: ActivationFunction?
    /// Whether a value was added before the activation.
    var hasResidual = false
    /// The ranks that share the batch that mean and variance are those of; nil for a whole batch.
    var ranks: RankLink?

    var facts: OperationFacts { OperationFacts(reach: .batch, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(activation == nil ? 5 : 6)
      guard inputs[0] == inputs[1] else { throw ShapeError("x and the gradient must be alike") }
      guard hasResidual else { return [inputs[0], inputs[2], inputs[2]] }
      guard activation == .relu, inputs[5] == inputs[0] else {
        throw ShapeError("after a residual it takes ReLU's result")
      }
      return [inputs[0], inputs[2], inputs[2], inputs[0]]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let planes = ChannelPlanes(inputs[0])
      let (x, dy): ([Float], [Float]) = (inputs[0].elements(), inputs[1].elements())
      let (scale, mean, variance): ([Float], [Float], [Float]) = (
        inputs[2].elements(), inputs[3].elements(), inputs[4].elements()
      )
      let inverse = variance.map { 1 / (Double($0) + Double(epsilon)).squareRoot() }
      let normalized = { (index: Int, c: Int) in (Double(x[index]) - Double(mean[c])) * inverse[c] }
      var g = dy
      if let activation {
        let seen: [Float] = inputs[5].elements()
        for index in g.indices {
          let c = planes.channel(of: index)
          let argument = hasResidual ? seen[index] : Float(normalized(index, c) * Double(scale[c]) + Double(seen[c]))
          g[index] *= activation.slope(argument)
        }
      }
      let shiftGradient = planes.sums { Double(g[$0]) }
      let scaleGradient = planes.sums { Double(g[$0]) * normalized($0, planes.channel(of: $0)) }
      let whole = { (sums: [Double]) in ranks?.sums(sums) ?? sums }
      let count = whole([Double(planes.countPerChannel)])[0]
      let (shiftSum, scaleSum) = (whole(shiftGradient), whole(scaleGradient))
      let dx = x.indices.map { index -> Float in
        let c = planes.channel(of: index)
        let own =
          usesBatch
          ? Double(g[index]) - shiftSum[c] / count - normalized(index, c) * scaleSum[c] / count
          : Double(g[index])
        return Float(own * Double(scale[c]) * inverse[c])
      }
      let results = [
        Tensor(dx, shape: inputs[0].shape), Tensor(scaleGradient.map { Float($0) }, shape: [planes.channels]),
        Tensor(shiftGradient.map { Float($0) }, shape: [planes.channels]),
      ]
      return hasResidual ? results + [Tensor(g, shape: inputs[0].shape)] : results
    }
  }
}

/// The offsets of the channels of `[N, C, …]`.
struct ChannelPlanes {
  let channels: Int
  private let plane: Int
  private let count: Int

  init(_ x: Tensor) {
    channels = x.shape[1]
    plane = x.shape.dropFirst(2).reduce(1, *)
    count = x.count
  }

  var countPerChannel: Int { count / max(channels, 1) }

  func channel(of index: Int) -> Int { index / plane % channels }

  /// Returns the sum of a function of indices for each channel.
  func sums(_ function: (Int) -> Double) -> [Double] {
    var sums = [Double](repeating: 0, count: channels)
    for index in 0..<count { sums[channel(of: index)] += function(index) }
    return sums
  }
}

extension [ValueType] {
  /// Checks the number of inputs.
  func requireCount(_ count: Int) throws(ShapeError) {
    guard self.count == count else { throw ShapeError("it takes \(count) inputs") }
  }
}
