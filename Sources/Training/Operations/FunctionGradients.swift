import IR
import Tensors

extension Operations {
  /// The gradient of a mathematical function.
  ///
  /// Inputs: x; the result's gradient. Result: the gradient of x.
  struct UnaryGradient: Operation {
    static let name = "unary_gradient"
    var function: UnaryFunction

    var facts: OperationFacts { OperationFacts(reach: .element, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] { try inputs.requireAlike(2) }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] { [inputs.product { function.slope($0) }] }
  }

  /// The gradient of an activation with parameters.
  ///
  /// Inputs: x; the result's gradient. Result: the gradient of x.
  struct ParametricGradient: Operation {
    static let name = "parametric_gradient"
    var function: ParametricFunction
    var alpha: Float
    var beta: Float

    var facts: OperationFacts { OperationFacts(reach: .element, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] { try inputs.requireAlike(2) }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      [inputs.product { function.slope($0, alpha: Double(alpha), beta: Double(beta)) }]
    }
  }

  /// The gradient of resampling.
  ///
  /// Input: the result's gradient. Result: the gradient of x, of the given shape.
  struct ResizeGradient: Operation {
    static let name = "resize_gradient"
    var resize: Resize
    var shape: [Int]

    // The shape includes the batch.
    var facts: OperationFacts { OperationFacts(reach: .batch, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(1)
      return [ValueType(shape.map { .fixed($0) })]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let dx = resize.axes.enumerated().reduce(inputs[0].converted(to: .float64)) { dy, entry in
        let (index, axis) = entry
        // What an element of x gives to the result's comes back to it.
        var terms = [[(index: Int, weight: Double)]](repeating: [], count: shape[axis])
        for position in 0..<dy.shape[axis] {
          for tap in resize.taps(
            of: position, from: shape[axis], to: dy.shape[axis], factor: resize.factors?[index])
          {
            terms[tap.index].append((position, tap.weight))
          }
        }
        return Reference.weightedSums(dy, axis: axis, terms)
      }
      return [dx.converted(to: .float32)]
    }
  }
}

extension [ValueType] {
  /// Checks that there are as many inputs, all of one type, and returns it.
  fileprivate func requireAlike(_ count: Int) throws(ShapeError) -> [ValueType] {
    try requireCount(count)
    guard self[0] == self[1] else { throw ShapeError("x and the gradient must be alike") }
    return [self[0]]
  }
}

extension [Tensor] {
  /// Returns the second tensor times the slope at each element of the first one.
  fileprivate func product(_ slope: (Double) -> Double) -> Tensor {
    let (x, dy): ([Float], [Float]) = (self[0].elements(), self[1].elements())
    return Tensor(zip(x, dy).map { Float(Double($1) * slope(Double($0))) }, shape: self[0].shape)
  }
}

extension UnaryFunction {
  /// Returns the derivative at x; 0 for functions of steps.
  func slope(_ x: Double) -> Double {
    switch self {
    case .negate: -1
    case .abs: UnaryFunction.sign.value(x)
    case .sign, .floor, .ceil, .round, .not, .isNaN, .isInfinite: 0
    case .reciprocal: -1 / (x * x)
    case .sqrt: 0.5 / x.squareRoot()
    case .exp: value(x)
    case .log: 1 / x
    case .erf: 2 / Double.pi.squareRoot() * UnaryFunction.exp.value(-x * x)
    case .sin: UnaryFunction.cos.value(x)
    case .cos: -UnaryFunction.sin.value(x)
    case .tan: 1 + value(x) * value(x)
    case .asin: 1 / (1 - x * x).squareRoot()
    case .acos: -1 / (1 - x * x).squareRoot()
    case .atan: 1 / (1 + x * x)
    case .sinh: UnaryFunction.cosh.value(x)
    case .cosh: UnaryFunction.sinh.value(x)
    case .asinh: 1 / (x * x + 1).squareRoot()
    case .acosh: 1 / (x * x - 1).squareRoot()
    case .atanh: 1 / (1 - x * x)
    case .softplus: sigmoid(x)
    case .softsign: 1 / ((1 + x.magnitude) * (1 + x.magnitude))
    }
  }
}

extension ParametricFunction {
  /// Returns the derivative at x.
  func slope(_ x: Double, alpha: Double, beta: Double) -> Double {
    let exp = { (x: Double) in UnaryFunction.exp.value(x) }
    switch self {
    case .leakyRelu: return x < 0 ? alpha : 1
    case .elu: return x < 0 ? alpha * exp(x) : 1
    case .selu: return x > 0 ? beta : beta * alpha * exp(x)
    case .celu: return x < 0 ? exp(x / alpha) : 1
    case .thresholdedRelu: return x > alpha ? 1 : 0
    case .hardSigmoid: return (0...1).contains(alpha * x + beta) ? alpha : 0
    case .shrink: return abs(x) > alpha ? 1 : 0
    case .clip: return x >= alpha && x <= beta ? 1 : 0
    case .scaledSwish:
      let gate = sigmoid(alpha * x)
      return gate + alpha * x * gate * (1 - gate)
    case .geluTanh:
      let factor = 2 * (2 / Double.pi).squareRoot()
      let gate = sigmoid(factor * (x + 0.044715 * x * x * x))
      return gate + x * gate * (1 - gate) * factor * (1 + 3 * 0.044715 * x * x)
    }
  }
}

private func sigmoid(_ x: Double) -> Double { 1 / (1 + UnaryFunction.exp.value(-x)) }
