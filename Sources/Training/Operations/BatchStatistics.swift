import Graph
import Kernels
import Tensors

extension Operations {
  /// Batch normalisation by the batch's own statistics, as in training.
  ///
  /// Inputs: x `[N, C, …]`, scale and shift `[C]`. Results: like x; the mean and the biased variance of each channel, `[C]`.
  /// Source: Ioffe and Szegedy 2015, algorithm 1.
  struct BatchNormTraining: Operation {
    static let name = "batch_norm_training"
    /// Added to the variance.
    var epsilon: Float

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(3)
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
      let means = planes.sums { Double(x[$0]) }.map { $0 / Double(planes.countPerChannel) }
      let variances = planes.sums { index in
        let difference = Double(x[index]) - means[planes.channel(of: index)]
        return difference * difference
      }.map { $0 / Double(planes.countPerChannel) }
      let mean = Tensor(means.map { Float($0) }, shape: [planes.channels])
      let variance = Tensor(variances.map { Float($0) }, shape: [planes.channels])
      let y = Reference.batchNorm(
        inputs[0], scale: inputs[1], shift: inputs[2], mean: mean, variance: variance, epsilon: epsilon)
      return [y, mean, variance]
    }
  }

  /// The gradient of batch normalisation.
  ///
  /// Inputs: x and the result's gradient `[N, C, …]`, scale, mean and variance `[C]`. Results: the gradients of x, scale and shift.
  struct BatchNormGradient: Operation {
    static let name = "batch_norm_gradient"
    /// Added to the variance.
    var epsilon: Float
    /// Whether mean and variance are those of x, and so depend on it; else they are given.
    var usesBatch: Bool

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(5)
      guard inputs[0] == inputs[1] else { throw ShapeError("x and the gradient must be alike") }
      return [inputs[0], inputs[2], inputs[2]]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let planes = ChannelPlanes(inputs[0])
      let (x, dy): ([Float], [Float]) = (inputs[0].elements(), inputs[1].elements())
      let (scale, mean, variance): ([Float], [Float], [Float]) = (
        inputs[2].elements(), inputs[3].elements(), inputs[4].elements()
      )
      let inverse = variance.map { 1 / (Double($0) + Double(epsilon)).squareRoot() }
      let normalized = { (index: Int, c: Int) in (Double(x[index]) - Double(mean[c])) * inverse[c] }
      let shiftGradient = planes.sums { Double(dy[$0]) }
      let scaleGradient = planes.sums { Double(dy[$0]) * normalized($0, planes.channel(of: $0)) }
      let count = Double(planes.countPerChannel)
      let dx = x.indices.map { index -> Float in
        let c = planes.channel(of: index)
        let own =
          usesBatch
          ? Double(dy[index]) - shiftGradient[c] / count - normalized(index, c) * scaleGradient[c] / count
          : Double(dy[index])
        return Float(own * Double(scale[c]) * inverse[c])
      }
      return [
        Tensor(dx, shape: inputs[0].shape), Tensor(scaleGradient.map { Float($0) }, shape: [planes.channels]),
        Tensor(shiftGradient.map { Float($0) }, shape: [planes.channels]),
      ]
    }
  }
}

/// Where the channels of `[N, C, …]` lie.
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

  /// The sum of a function of indices for each channel.
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
