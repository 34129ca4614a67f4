import Tensors

extension Operations {
  /// The same elements with a shape that the graph computes; ``Reshape`` has it as an attribute.
  ///
  /// Inputs: x and the target shape, int64 `[rank]`, with 0 and −1 as in ``Reshape``.
  public struct ReshapeTo: DynamicOperation {
    /// `reshape_to`.
    public static let name = "reshape_to"

    /// Creates the operation.
    public init() {}

    /// Returns the type of x with the target shape, as far as it is known.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireDynamic(2...2)
      if let types = try knownTypes(inputs) { return types }
      guard let rank = inputs[1].shape[0].value, rank <= ValueType.maximumRank else {
        throw ShapeError("the number of axes must be known, and at most \(ValueType.maximumRank)")
      }
      let elements = inputs[1].elements ?? []
      let shape = (0..<rank).map { axis -> Dimension in
        guard elements.indices.contains(axis) else { return .computed("reshape axis \(axis)") }
        switch elements[axis] {
        case 0 where axis < inputs[0].rank: return inputs[0].shape[axis]
        case .fixed(let length) where length <= 0: return .computed("reshape axis \(axis)")
        default: return elements[axis]
        }
      }
      return [ValueType(shape, elementType: inputs[0].elementType)]
    }

    /// Returns the reshape to the integers.
    public func fixed(by integers: [[Int]], for x: ValueType) throws(ShapeError) -> any Operation {
      Reshape(integers[0])
    }
  }
}
