import Tensors

extension Operations {
  /// Joins values along an axis.
  ///
  /// Inputs: one or more, equal except for the length of that axis. Result: the axis has the sum of the lengths.
  public struct Concat: Operation {
    /// `concat`.
    public static let name = "concat"
    /// The axis to join along.
    public var axis: Int

    /// Creates a concatenation along an axis.
    public init(axis: Int) { self.axis = axis }

    /// Returns the type of the first input, with the sum of the lengths for the axis.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      guard var result = inputs.first else { throw ShapeError("it takes one input or more") }
      try result.requireAxis(axis)
      for input in inputs.dropFirst() {
        var expected = result.shape
        guard input.rank == expected.count, input.elementType == result.elementType else {
          throw ShapeError("all inputs must have the same rank and element type")
        }
        expected[axis] = input.shape[axis]
        try input.require(expected, "each input")
        result.shape[axis] = result.shape[axis] + input.shape[axis]
      }
      return [result]
    }

    /// Clips are independent, unless the axis is the batch; in integers, its inputs and result are bytes: channels of
    /// clips, or a frame after its past ones.
    public var facts: OperationFacts {
      OperationFacts(reach: axis == 0 ? .batch : .clip, cost: .uncounted, integers: .form(integerForm))
    }

    /// Returns the inputs, one after the other.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] { [Reference.concatenate(inputs, axis: axis)] }
  }
}

extension Operations.Concat: ElementMoving {
  func moves(input: Int) -> Bool { true }
}

extension Operations.Concat {
  private func integerForm(of node: IntegerNode) throws(IntegerRefusal) -> IntegerForm {
    if axis == 2, node.inputs.count > 1, node.inputs.dropLast().allSatisfy(node.isState),
      node.type(node.results[0]).rank == 5
    {
      return .joined(node.inputs, evaluate)
    }
    let type = node.type(node.results[0])
    guard axis == 1, (3...5).contains(type.rank), type.elementType == .float32 else {
      throw IntegerRefusal("it does not join the channels of clips")
    }
    let users = node.users(of: node.results[0])
    guard users.isEmpty || !users.allSatisfy(\.operation.facts.integers.storesWeights) else {
      throw IntegerRefusal("only squeeze-excite takes it, in floating point")
    }
    let count = node.inputs.count
    return IntegerForm(data: node.inputs, result: .bytes) { operands in
      let result = QuantizedResult(supported: nil, operands.resultBytes)
      let parts = (0..<count).map { index in
        let (x, quantization) = operands.bytes(index)
        return Reference.Quantized.rescale(x, quantization, result: result).converted(to: .float32)
      }
      let joined = Reference.concatenate(parts, axis: axis)
      return [.bytes(joined.mapped(from: Float.self) { Int8($0) }, operands.resultBytes)]
    }
  }
}
