import Tensors

extension Operations {
  /// A binary function, applied to each pair of elements; shapes broadcast as in NumPy.
  ///
  /// Inputs: a and b of one element type that the function takes. Result: the broadcast of their shapes, with that
  /// element type, or booleans for a comparison.
  public struct Binary: Operation {
    /// `binary`.
    public static let name = "binary"
    /// The function.
    public var function: BinaryFunction

    /// Creates the operation for a function.
    public init(_ function: BinaryFunction) { self.function = function }

    /// Returns the broadcast of both shapes, aligned at the last axis.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(2...2, of: function.elementTypes)
      try inputs.requireOneType()
      return [
        ValueType(
          try Dimension.broadcast(inputs[0].shape, inputs[1].shape),
          elementType: function.isComparison ? .bool : inputs[0].elementType)
      ]
    }

    /// Each element of the result depends on the two at the same position; a sum of bytes has an integer form.
    public var facts: OperationFacts {
      OperationFacts(reach: .element, cost: .uncounted, integers: function == .add ? .form(integerForm) : .none)
    }

    /// Returns `function(a, b)` for each pair of elements.
    public func evaluate(_ inputs: [Tensor]) throws(ValueError) -> [Tensor] {
      if function.dividesIntegers, !inputs[1].elementType.isFloatingPoint, Reference.holdsZero(inputs[1]) {
        throw ValueError("an integer is divided by 0")
      }
      return [Reference.binary(inputs[0], inputs[1], function)]
    }
  }
}

extension Operations.Binary {
  private func integerForm(of node: IntegerNode) throws(IntegerRefusal) -> IntegerForm {
    guard node.type(node.inputs[0]) == node.type(node.inputs[1]) else { throw IntegerRefusal("the sum broadcasts") }
    return IntegerForm(data: node.inputs, result: .bytes) { operands in
      let ((a, quantizationA), (b, quantizationB)) = (operands.bytes(0), operands.bytes(1))
      let output = operands.resultBytes
      let result = QuantizedResult(supported: nil, output)
      let bytes = zip(a.elements(as: Int8.self), b.elements(as: Int8.self)).map {
        Reference.Quantized.sum($0, quantizationA, $1, quantizationB, result: result) ?? 0
      }
      return [.bytes(Tensor(bytes, shape: a.shape), output)]
    }
  }
}

extension Dimension {
  /// Returns the broadcast of two shapes: aligned at the last axis, a length of 1 repeats.
  static func broadcast(_ left: [Dimension], _ right: [Dimension]) throws(ShapeError) -> [Dimension] {
    let rank = max(left.count, right.count)
    let pad = { (shape: [Dimension]) in [Dimension](repeating: 1, count: rank - shape.count) + shape }
    var result: [Dimension] = []
    for (a, b) in zip(pad(left), pad(right)) {
      if a == 1 {
        result.append(b)
      } else if b == 1 {
        result.append(a)
      } else if a.isCompatible(with: b) {
        result.append(a.value == nil ? b : a)
      } else {
        throw ShapeError("the lengths \(a) and \(b) do not broadcast")
      }
    }
    return result
  }
}
