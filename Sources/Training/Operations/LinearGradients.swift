import IR
import Tensors

extension Operations {
  /// The gradient of a linear map's input.
  ///
  /// Inputs: the result's gradient `[…, O]`, weight `[O, I]`. Result: `[…, I]`.
  struct LinearInputGradient: Operation {
    static let name = "linear_input_gradient"

    var facts: OperationFacts {
      OperationFacts(
        reach: .clip,
        cost: .multiplyAdds { inputs, results in inputs[0].reduce(1, *) * results[0][results[0].count - 1] },
        integers: .none)
    }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(2)
      guard inputs[1].rank == 2, inputs[0].shape.last == inputs[1].shape[0] else {
        throw ShapeError("the gradient does not fit the weight")
      }
      return [ValueType(inputs[0].shape.dropLast() + [inputs[1].shape[1]])]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      [Reference.linear(inputs[0], weight: Reference.permute(inputs[1], order: [1, 0]), bias: nil)]
    }
  }

  /// The gradient of a linear map's weight.
  ///
  /// Inputs: x `[…, I]`, the result's gradient `[…, O]`. Result: `[O, I]`.
  struct LinearWeightGradient: Operation {
    static let name = "linear_weight_gradient"

    var facts: OperationFacts {
      OperationFacts(
        reach: .batch, cost: .multiplyAdds { inputs, results in inputs[0].reduce(1, *) * results[0][0] },
        integers: .none)
    }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(2)
      guard let inputsLength = inputs[0].shape.last, let outputs = inputs[1].shape.last,
        inputs[0].shape.dropLast() == inputs[1].shape.dropLast()
      else { throw ShapeError("x and the gradient must have the same rows") }
      return [ValueType([outputs, inputsLength])]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let (x, dy): ([Float], [Float]) = (inputs[0].elements(), inputs[1].elements())
      let (features, outputs) = (inputs[0].shape.last ?? 1, inputs[1].shape.last ?? 1)
      var sums = [Double](repeating: 0, count: outputs * features)
      for row in 0..<x.count / max(features, 1) {
        for output in 0..<outputs {
          for feature in 0..<features {
            sums[output * features + feature] +=
              Double(dy[row * outputs + output]) * Double(x[row * features + feature])
          }
        }
      }
      return [Tensor(sums.map { Float($0) }, shape: [outputs, features])]
    }
  }

  /// The gradients of layer normalization.
  ///
  /// Inputs: x `[…, D…]`, scale `[D…]`, the result's gradient. Results: the gradients of x, scale and shift.
  struct LayerNormGradient: Operation {
    static let name = "layer_norm_gradient"
    var epsilon: Float

    var facts: OperationFacts { OperationFacts(reach: .batch, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(3)
      return [inputs[0], inputs[1], inputs[1]]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let (x, scale, dy): ([Float], [Float], [Float]) = (
        inputs[0].elements(), inputs[1].elements(), inputs[2].elements()
      )
      let length = inputs[1].count
      var dx = [Float](repeating: 0, count: x.count)
      var (scaleGradient, shiftGradient) = (
        [Double](repeating: 0, count: length), [Double](repeating: 0, count: length)
      )
      for first in stride(from: 0, to: x.count, by: max(length, 1)) {
        let row = x[first..<first + length].map { Double($0) }
        let mean = row.reduce(0, +) / Double(length)
        let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(length)
        let inverse = 1 / (variance + Double(epsilon)).squareRoot()
        let normalized = row.map { ($0 - mean) * inverse }
        let scaled = (0..<length).map { Double(dy[first + $0]) * Double(scale[$0]) }
        let sum = scaled.reduce(0, +) / Double(length)
        let product = zip(scaled, normalized).reduce(0) { $0 + $1.0 * $1.1 } / Double(length)
        for i in 0..<length {
          dx[first + i] = Float((scaled[i] - sum - normalized[i] * product) * inverse)
          scaleGradient[i] += Double(dy[first + i]) * normalized[i]
          shiftGradient[i] += Double(dy[first + i])
        }
      }
      return [
        Tensor(dx, shape: inputs[0].shape), Tensor(scaleGradient.map { Float($0) }, shape: inputs[1].shape),
        Tensor(shiftGradient.map { Float($0) }, shape: inputs[1].shape),
      ]
    }
  }
}
