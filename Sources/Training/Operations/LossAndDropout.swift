import func Foundation.exp
import func Foundation.log
import IR
import Tensors

extension Operations {
  /// Softmax cross entropy against soft targets, averaged over the batch.
  ///
  /// Inputs: logits and targets `[N, classes]`; each row of targets sums to 1. Result: the loss `[1]`.
  struct CrossEntropy: Operation {
    static let name = "cross_entropy"
    /// The number of rows of the batch, if these are some of them: the losses of its parts add up to its loss. Nil for a
    /// whole batch.
    var batchSize: Int?

    var facts: OperationFacts { OperationFacts(reach: .batch, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(2)
      guard inputs[0].rank == 2, inputs[0] == inputs[1] else {
        throw ShapeError("logits and targets must be [N, classes]")
      }
      return [ValueType([1])]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let (logits, targets): ([Float], [Float]) = (inputs[0].elements(), inputs[1].elements())
      let (rows, classes) = (inputs[0].shape[0], inputs[0].shape[1])
      var loss = 0.0
      for row in 0..<rows {
        let line = logits[row * classes..<(row + 1) * classes].map { Double($0) }
        let most = line.max() ?? 0
        let total = log(line.reduce(0) { $0 + exp($1 - most) }) + most
        for (index, logit) in line.enumerated() { loss += Double(targets[row * classes + index]) * (total - logit) }
      }
      return [Tensor([Float(loss / Double(max(batchSize ?? rows, 1)))], shape: [1])]
    }
  }

  /// The gradient of ``CrossEntropy`` for logits.
  ///
  /// Inputs: logits, targets, the loss's gradient `[1]`. Result: like the logits.
  struct CrossEntropyGradient: Operation {
    static let name = "cross_entropy_gradient"
    /// The number of rows of the batch, if these are some of them.
    var batchSize: Int?

    var facts: OperationFacts { OperationFacts(reach: .batch, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(3)
      return [inputs[0]]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let (rows, classes) = (inputs[0].shape[0], inputs[0].shape[1])
      let probabilities: [Float] = Reference.softmax(inputs[0], axis: 1).elements()
      let (targets, factor): ([Float], [Float]) = (inputs[1].elements(), inputs[2].elements())
      let result = probabilities.indices.map { index -> Float in
        let row = index / classes * classes
        let total = targets[row..<row + classes].reduce(0, +)
        return (probabilities[index] * total - targets[index]) * factor[0] / Float(max(batchSize ?? rows, 1))
      }
      return [Tensor(result, shape: inputs[0].shape)]
    }
  }

  /// Dropout in training: some elements become 0, and the others are scaled up to keep the expected sum.
  ///
  /// Inputs: x; a key, 64 random bits as four numbers in 0...65535. Result: like x. The same key drops the same
  /// elements, so the gradient is the same operation. Source: Srivastava et al. 2014.
  struct RandomDropout: Operation {
    static let name = "random_dropout"
    var rate: Float
    /// The index of the dropout in the network: each draws its own numbers.
    var number: Int
    /// The number of elements of the batch before these, if they are a part of it.
    var firstElement = 0

    // Which elements are dropped depends on the place in the batch.
    var facts: OperationFacts { OperationFacts(reach: .batch, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(2)
      guard inputs[1] == ValueType([4]) else { throw ShapeError("the key must be [4]") }
      return [inputs[0]]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let x: [Float] = inputs[0].elements()
      let key = RandomKey(inputs[1]).derived(UInt64(number))
      let scale = 1 / (1 - rate)
      let result = x.enumerated().map { index, value in
        key.uniform(UInt64(firstElement + index)) < Double(rate) ? 0 : value * scale
      }
      return [Tensor(result, shape: inputs[0].shape)]
    }
  }

  /// The gradient of softmax.
  ///
  /// Inputs: the result, the result's gradient. Result: the gradient of x.
  struct SoftmaxGradient: Operation {
    static let name = "softmax_gradient"
    var axis: Int

    var facts: OperationFacts { OperationFacts(reach: axis == 0 ? .batch : .clip, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(2)
      return [inputs[0]]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let shape = inputs[0].shape
      let (y, dy): ([Float], [Float]) = (inputs[0].elements(), inputs[1].elements())
      let inner = shape[(axis + 1)...].reduce(1, *)
      let line = { (index: Int) in index / (shape[axis] * inner) * inner + index % inner }
      var sums = [Double](repeating: 0, count: y.count / max(shape[axis], 1))
      for index in y.indices { sums[line(index)] += Double(y[index]) * Double(dy[index]) }
      let result = y.indices.map { Float(Double(y[$0]) * (Double(dy[$0]) - sums[line($0)])) }
      return [Tensor(result, shape: shape)]
    }
  }
}

/// 64 bits from which random numbers follow by counting (`CounterGenerator`): the same key and counter give the same
/// number.
struct RandomKey: Equatable {
  let bits: UInt64

  init(_ bits: UInt64) { self.bits = bits }

  /// Creates a key from a tensor of four numbers in 0...65535.
  init(_ tensor: Tensor) {
    bits = tensor.elements(as: Float.self).reduce(0) { $0 << 16 | UInt64(min(max($1, 0), 65535)) }
  }

  /// The key as a tensor of four numbers.
  var tensor: Tensor { Tensor([48, 32, 16, 0].map { Float(bits >> UInt64($0) & 0xFFFF) }, shape: [4]) }

  /// Returns another key, for a purpose.
  func derived(_ purpose: UInt64) -> RandomKey { RandomKey(mixed(purpose)) }

  /// Returns a number in 0 ..< 1.
  func uniform(_ counter: UInt64) -> Double { Double(mixed(counter) >> 11) * 0x1p-53 }

  private func mixed(_ counter: UInt64) -> UInt64 { CounterGenerator(seed: bits, name: "key").bits(Int(counter)) }
}
