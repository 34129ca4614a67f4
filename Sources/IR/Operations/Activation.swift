import Tensors

extension Operations {
  /// An activation function, applied to each element.
  ///
  /// Input: x of any shape. Result: like x.
  public struct Activation: Operation {
    /// `activation`.
    public static let name = "activation"
    /// The function.
    public var function: ActivationFunction

    /// Creates an activation.
    public init(_ function: ActivationFunction) { self.function = function }

    /// Returns the type of x.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: [.float32])
      return [inputs[0]]
    }

    /// Each element of the result depends on the one at the same position; in integers, input and result are bytes.
    public var facts: OperationFacts {
      OperationFacts(reach: .element, cost: .uncounted, integers: .form(integerForm))
    }

    /// Returns `function(x)` for each element.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] { [Reference.activation(inputs[0], function)] }
  }
}

extension Operations.Activation {
  /// An activation of a value that is bytes anyway.
  private func integerForm(of node: IntegerNode) throws(IntegerRefusal) -> IntegerForm {
    try IntegerRefusal.require(function)
    guard node.isBytes(node.inputs[0]) else { throw IntegerRefusal("its input is not bytes") }
    return IntegerForm(data: node.inputs, result: .bytes) { operands in
      let (x, quantization) = operands.bytes(0)
      let result = QuantizedResult(supported: function, operands.resultBytes)
      return [.bytes(Reference.Quantized.rescale(x, quantization, result: result), operands.resultBytes)]
    }
  }
}
