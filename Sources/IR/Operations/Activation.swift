import Tensors

extension Operations {
  /// A function of one number, applied to each element.
  ///
  /// Input: x of any shape. Result: like x.
  public struct Activation: Operation {
    /// `activation`.
    public static let name = "activation"
    /// Which function.
    public var function: ActivationFunction

    /// An activation.
    public init(_ function: ActivationFunction) { self.function = function }

    /// Like x.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: [.float32])
      return [inputs[0]]
    }

    /// Each element of the result follows from the one at its place.
    public var facts: OperationFacts { OperationFacts(reach: .element, cost: .uncounted, integers: .none) }

    /// `function(x)` for each element.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] { [Reference.activation(inputs[0], function)] }
  }
}
