import Tensors

extension Operations {
  /// A mathematical function of each element, for tests also of its bits.
  ///
  /// Input: x of any shape, of the element types that the function takes. Result: like x; booleans for a test.
  public struct Unary: Operation {
    /// `unary`.
    public static let name = "unary"
    /// The function.
    public var function: UnaryFunction

    /// Creates the operation for a function.
    public init(_ function: UnaryFunction) { self.function = function }

    /// Returns the type of x, with booleans as elements for a test.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: function.elementTypes)
      return [ValueType(inputs[0].shape, elementType: function.isTest ? .bool : inputs[0].elementType)]
    }

    /// Each element of the result depends on the one at the same position.
    public var facts: OperationFacts { OperationFacts(reach: .element, cost: .uncounted, integers: .none) }

    /// Returns `function(x)` for each element.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] { [Reference.unary(inputs[0], function)] }
  }
}
