import Tensors

extension Operations {
  /// The values as another element type.
  ///
  /// Input: x of any type. Result: floats round to nearest even; floats to integers truncate and saturate; integers to
  /// shorter integers keep their low bits; anything but zero is true.
  public struct Cast: Operation {
    /// `cast`.
    public static let name = "cast"
    /// The element type of the result.
    public var elementType: ElementType

    /// Creates a conversion to an element type.
    public init(to elementType: ElementType) { self.elementType = elementType }

    /// Returns x's shape with the element type.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: .any)
      return [ValueType(inputs[0].shape, elementType: elementType)]
    }

    /// Each element of the result depends on the one at the same position.
    public var facts: OperationFacts { OperationFacts(reach: .element, cost: .uncounted, integers: .none) }

    /// Returns the converted elements.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] { [Reference.cast(inputs[0], to: elementType)] }
  }
}
