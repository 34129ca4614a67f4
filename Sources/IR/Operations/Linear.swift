import Tensors

extension Operations {
  /// A linear map of the last axis.
  ///
  /// Inputs: x `[…, I]`, weight `[O, I]` and, optionally, bias `[O]`. Result: `[…, O]`.
  public struct Linear: Operation {
    /// `linear`.
    public static let name = "linear"

    /// Creates a linear map; it has no attributes.
    public init() {}

    /// Returns `[…, O]`; the last axis of x must be that of the weight.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(2...3, of: [.float32])
      let outputs = try inputs[1].requireFixed(0, "the number of outputs")
      guard let features = inputs[0].shape.last else { throw ShapeError("x must have an axis of features") }
      try inputs[1].require([.fixed(outputs), features], "the weight")
      if inputs.count == 3 { try inputs[2].require([.fixed(outputs)], "the bias") }
      return [ValueType(inputs[0].shape.dropLast() + [.fixed(outputs)])]
    }

    /// Clips are independent; in integers, its input is bytes.
    public var facts: OperationFacts {
      OperationFacts(
        reach: .clip, cost: .multiplyAdds { inputs, results in OperationFacts.Cost.count(results[0] + [inputs[1][1]]) },
        integers: .form(integerForm))
    }

    /// Returns `Σ x · weight + bias`, over the last axis.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      [Reference.linear(inputs[0], weight: inputs[1], bias: inputs.count == 3 ? inputs[2] : nil)]
    }
  }
}

extension Operations.Linear {
  private func integerForm(of node: IntegerNode) -> IntegerForm {
    let inputs = node.inputs
    let layer = IntegerForm.Layer(weight: inputs[1], bias: inputs.count > 2 ? inputs[2] : nil)
    return IntegerForm(data: [inputs[0]], layer: layer, result: .realOrBytes) { operands in
      let (x, quantization) = operands.bytes(0)
      let columns = x.shape.last ?? 1
      let rows = x.reshaped(to: [x.count / max(columns, 1), columns, 1, 1])
      let sums = operands.sums(of: rows, quantization)
      let y = operands.finish(sums.reshaped(to: Array(sums.shape.prefix(2))), quantization, activation: nil)
      return [y.reshaped(to: x.shape.dropLast() + [sums.shape[1]])]
    }
  }
}
