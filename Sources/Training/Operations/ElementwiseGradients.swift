import func Foundation.erf
import func Foundation.exp
import IR
import Tensors

extension Operations {
  /// The gradient of an activation.
  ///
  /// Inputs: x, or for ReLU its result, which works as well; the result's gradient. Result: the gradient of x.
  struct ActivationGradient: Operation {
    static let name = "activation_gradient"
    var function: ActivationFunction

    var facts: OperationFacts { OperationFacts(reach: .element, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(2)
      guard inputs[0] == inputs[1] else { throw ShapeError("x and the gradient must be alike") }
      return [inputs[0]]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let (x, dy): ([Float], [Float]) = (inputs[0].elements(), inputs[1].elements())
      return [Tensor(x.indices.map { dy[$0] * function.slope(x[$0]) }, shape: inputs[0].shape)]
    }
  }

  /// The gradient of the maximum or minimum of two numbers; where they are equal, each gets half.
  ///
  /// Inputs: a, b and the result's gradient, all of one shape. Results: the gradients of a and b.
  struct ChoiceGradient: Operation {
    static let name = "choice_gradient"
    /// Maximum or minimum.
    var function: BinaryFunction

    var facts: OperationFacts { OperationFacts(reach: .element, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(3)
      guard inputs[0] == inputs[1], inputs[1] == inputs[2] else { throw ShapeError("all inputs must be alike") }
      return [inputs[0], inputs[0]]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let values: [[Float]] = inputs.map { $0.elements() }
      let shares = values[0].indices.map { index -> Float in
        let (a, b) = (values[0][index], values[1][index])
        return a == b ? 0.5 : function(a, b) == a ? 1 : 0
      }
      return [
        Tensor(zip(shares, values[2]).map { $0 * $1 }, shape: inputs[0].shape),
        Tensor(zip(shares, values[2]).map { (1 - $0) * $1 }, shape: inputs[0].shape),
      ]
    }
  }

  /// Sums over the axes along which a value was repeated, times a factor: the gradient of broadcasting.
  ///
  /// Input: x. Result: of the given shape, to which x's shape broadcasts back.
  struct SumTo: Operation {
    static let name = "sum_to"
    var shape: [Int]
    var factor: Float = 1

    // The target shape may include the batch.
    var facts: OperationFacts { OperationFacts(reach: .batch, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(1)
      guard let from = inputs[0].fixedShape, Self.broadcasts(shape, to: from) else {
        throw ShapeError("\(shape) does not broadcast to x")
      }
      return [ValueType(shape.map { .fixed($0) })]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let x: [Float] = inputs[0].elements()
      var sums = [Double](repeating: 0, count: shape.reduce(1, *))
      let places = Self.places(of: shape, in: inputs[0].shape)
      for (index, value) in x.enumerated() { sums[places[index]] += Double(value) }
      return [Tensor(sums.map { Float($0) * factor }, shape: shape)]
    }

    static func broadcasts(_ small: [Int], to large: [Int]) -> Bool {
      small.count <= large.count && zip(small.reversed(), large.reversed()).allSatisfy { $0 == $1 || $0 == 1 }
    }

    /// Returns, for each element of the large shape, the element of the small one that it repeats.
    static func places(of small: [Int], in large: [Int]) -> [Int] {
      let padded = [Int](repeating: 1, count: large.count - small.count) + small
      var places = [0]
      for (length, own) in zip(large, padded) {
        places = places.flatMap { place in (0..<length).map { place * own + (own == 1 ? 0 : $0) } }
      }
      return places
    }
  }

  /// Repeats a value along axes of length 1, times a factor: the gradient of a sum or a mean.
  ///
  /// Input: x, whose shape broadcasts to the given one. Result: of that shape.
  struct ScaledExpand: Operation {
    static let name = "scaled_expand"
    var shape: [Int]
    var factor: Float = 1

    // The target shape may include the batch.
    var facts: OperationFacts { OperationFacts(reach: .batch, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(1)
      guard let from = inputs[0].fixedShape, SumTo.broadcasts(from, to: shape) else {
        throw ShapeError("x does not broadcast to \(shape)")
      }
      return [ValueType(shape.map { .fixed($0) })]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let x: [Float] = inputs[0].elements()
      return [Tensor(SumTo.places(of: inputs[0].shape, in: shape).map { x[$0] * factor }, shape: shape)]
    }
  }
}

extension ActivationFunction {
  /// Returns the derivative at x; for ReLU, its result works as x, and the derivative at 0 is 0.
  func slope(_ x: Float) -> Float {
    let sigmoid = 1 / (1 + exp(-x))
    switch self {
    case .relu: return x > 0 ? 1 : 0
    case .swish: return sigmoid * (1 + x * (1 - sigmoid))
    case .sigmoid: return sigmoid * (1 - sigmoid)
    case .hardSwish: return x < -3 ? 0 : x > 3 ? 1 : (2 * x + 3) / 6
    case .hardSigmoid: return abs(x) < 3 ? 1 / 6 : 0
    case .gelu:
      let cumulative = 0.5 * (1 + erf(Double(x) * 0.5.squareRoot()))
      let density = exp(-0.5 * Double(x) * Double(x)) / (2 * Double.pi).squareRoot()
      return Float(cumulative + Double(x) * density)
    case .tanh: return 1 - self(x) * self(x)
    }
  }
}
