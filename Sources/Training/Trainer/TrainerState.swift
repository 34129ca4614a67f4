import Tensors

/// The complete state of training: from the same state, the same steps follow.
struct TrainerState: Sendable {
  /// Parameters and running statistics, by path.
  var weights: [String: Tensor]
  /// The averages of the weights; empty if weights are not averaged.
  var averages: [String: Tensor]
  var optimizer: Optimizer
  /// The current epoch, counted from 0, and the number of its batches that are done.
  var epoch = 0
  var batch = 0
  /// The number of batches over all epochs.
  var step = 0
  /// Sums over the epoch's batches so far.
  var lossSum = 0.0
  var correct = 0
  var clips = 0
  /// The best score so far, and its epoch; −1 for the initial weights.
  var best: (score: ModelScore, epoch: Int)?

  /// The weights that are evaluated and saved: the averages, where there are some.
  var evaluated: [String: Tensor] { weights.merging(averages) { _, average in average } }

  /// Updates the weights by their gradients.
  mutating func update(_ paths: [String], _ gradients: [Tensor], rate: Double, scale: Float) {
    optimizer.update(&weights, paths, gradients, rate: rate, scale: scale)
  }

  /// Updates running statistics by a batch's.
  mutating func follow(
    _ statistics: [TrainingGraph.Statistics], _ values: [(mean: Tensor, variance: Tensor)], momentum: Float
  ) {
    for (own, value) in zip(statistics, values) {
      // The unbiased variance, of which the batch is a sample, as in PyTorch.
      let unbiased = own.count > 1 ? Float(own.count) / Float(own.count - 1) : 1
      blend(own.mean, value.mean, by: momentum, factor: 1)
      blend(own.variance, value.variance, by: momentum, factor: unbiased)
    }
  }

  /// Updates the averages of weights.
  mutating func average(_ paths: [String], decay: Double) {
    // Early on, the average is over the few weights there are.
    let decay = Float(min(decay, Double(1 + optimizer.steps) / Double(10 + optimizer.steps)))
    for path in paths {
      guard let weight = weights[path] else { continue }
      var average = averages.removeValue(forKey: path) ?? weight
      average.blend(weight, by: 1 - decay, factor: 1)
      averages[path] = average
    }
  }

  private mutating func blend(_ path: String, _ value: Tensor, by share: Float, factor: Float) {
    guard var own = weights.updateValue(Tensor(zeros: [0]), forKey: path) else { return }
    own.blend(value, by: share, factor: factor)
    weights[path] = own
  }
}

extension Tensor {
  /// Moves each number by a share of the way to another one, times a factor.
  fileprivate mutating func blend(_ other: Tensor, by share: Float, factor: Float) {
    withUnsafeMutableElements(as: Float.self) { own in
      other.withUnsafeElements(as: Float.self) { other in
        for index in own.indices { own[index] += share * (other[index] * factor - own[index]) }
      }
    }
  }
}
