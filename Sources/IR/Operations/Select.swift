import Tensors

extension Operations {
  /// Elements of one value where a condition is true, and of another elsewhere; shapes broadcast as in NumPy.
  ///
  /// Inputs: the condition, booleans; a and b of any one element type. Result: the broadcast of the three shapes.
  public struct Select: Operation {
    /// `select`.
    public static let name = "select"

    /// Creates the operation; it has no attributes.
    public init() {}

    /// Returns the broadcast of the three shapes with a's element type.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(3...3, of: .any)
      try inputs[0].require([.bool], "the condition")
      guard inputs[1].elementType == inputs[2].elementType else {
        throw ShapeError("both values must have the same element type")
      }
      let values = try Dimension.broadcast(inputs[1].shape, inputs[2].shape)
      return [ValueType(try Dimension.broadcast(inputs[0].shape, values), elementType: inputs[1].elementType)]
    }

    /// Each element of the result depends on the three at the same position.
    public var facts: OperationFacts { OperationFacts(reach: .element, cost: .uncounted, integers: .none) }

    /// Returns a where the condition is true, and b elsewhere.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] { [Reference.select(inputs[0], inputs[1], inputs[2])] }
  }
}

extension Operations.Select: ElementMoving {
  func moves(input: Int) -> Bool { input > 0 }
}
