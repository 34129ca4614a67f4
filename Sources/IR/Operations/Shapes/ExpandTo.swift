import Tensors

extension Operations {
  /// Repeated elements, to a shape that the graph computes; ``Expand`` has it as an attribute.
  ///
  /// Inputs: x and the shape, int64 `[rank]`, that it broadcasts with.
  public struct ExpandTo: DynamicOperation {
    /// `expand_to`.
    public static let name = "expand_to"

    /// Creates the operation.
    public init() {}

    /// Returns the broadcast of both shapes, as far as they are known.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireDynamic(2...2)
      if let types = try knownTypes(inputs) { return types }
      guard let rank = inputs[1].shape[0].value, rank <= ValueType.maximumRank else {
        throw ShapeError("the number of axes must be known, and at most \(ValueType.maximumRank)")
      }
      let target = inputs[1].elements ?? (0..<rank).map { .computed("expand axis \($0)") }
      return [
        ValueType(try Dimension.broadcast(inputs[0].shape, target), elementType: inputs[0].elementType)
      ]
    }

    /// Returns the repetition to the integers.
    public func fixed(by integers: [[Int]], for x: ValueType) throws(ShapeError) -> any Operation {
      Expand(shape: integers[0])
    }
  }
}
