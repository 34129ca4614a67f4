import Tensors

extension Operations {
  /// The lengths of a value's axes.
  ///
  /// Input: x of any type. Result: int64 `[rank of x]`.
  public struct Shape: Operation {
    /// `shape`.
    public static let name = "shape"

    /// Creates the operation.
    public init() {}

    /// Returns int64 with one axis, whose elements are known as far as the shape of x is.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: .any)
      var result = ValueType([.fixed(inputs[0].rank)], elementType: .int64)
      result.elements = inputs[0].shape
      return [result]
    }

    /// The result contains the size of the batch.
    public var facts: OperationFacts { OperationFacts(reach: .batch, cost: .uncounted, integers: .none) }

    /// Returns the lengths.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      [Tensor(inputs[0].shape.map { Int64($0) }, shape: [inputs[0].rank])]
    }
  }
}
