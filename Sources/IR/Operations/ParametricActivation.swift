import Tensors

extension Operations {
  /// An activation function with parameters that are the same for all channels, applied to each element.
  ///
  /// Input: x of any shape, of floating-point numbers. Result: like x.
  public struct ParametricActivation: Operation {
    /// `parametric_activation`.
    public static let name = "parametric_activation"
    /// The function.
    public var function: ParametricFunction
    /// The first parameter, α.
    public var alpha: Float
    /// The second parameter, β; 0 for functions with one parameter.
    public var beta: Float

    /// Creates an activation from its function and parameters.
    public init(_ function: ParametricFunction, alpha: Float, beta: Float = 0) {
      self.function = function
      self.alpha = alpha
      self.beta = beta
    }

    /// Returns the type of x.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: .floats)
      return [inputs[0]]
    }

    /// Each element of the result depends on the one at the same position.
    public var facts: OperationFacts { OperationFacts(reach: .element, cost: .uncounted, integers: .none) }

    /// Returns `function(x, α, β)` for each element.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      [Reference.parametricActivation(inputs[0], function, alpha: alpha, beta: beta)]
    }
  }
}
