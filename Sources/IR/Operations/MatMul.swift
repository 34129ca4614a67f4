import Tensors

extension Operations {
  /// A matrix product over the last two axes; the axes before them broadcast.
  ///
  /// Inputs: a `[…, M, K]`, b `[…, K, N]` of one type of numbers; or `[K]`, a row or a column. Result: `[…, M, N]`,
  /// without M if a is a row, and without N if b is a column.
  public struct MatMul: Operation {
    /// `matmul`.
    public static let name = "matmul"

    /// Creates a matrix product; it has no attributes.
    public init() {}

    /// Returns `[…, M, N]`; K must agree, and the axes before the matrices must broadcast.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(2...2, of: .numbers)
      try inputs.requireOneType()
      guard inputs[0].rank >= 1, inputs[1].rank >= 1 else { throw ShapeError("both must have an axis or more") }
      let (isRow, isColumn) = (inputs[0].rank == 1, inputs[1].rank == 1)
      let a = (isRow ? [1] : []) + inputs[0].shape
      let b = inputs[1].shape + (isColumn ? [1] : [])
      guard a[a.count - 1].isCompatible(with: b[b.count - 2]) else {
        throw ShapeError("the columns of the first must be as many as the rows of the second")
      }
      let batch = try Dimension.broadcast(Array(a.dropLast(2)), Array(b.dropLast(2)))
      let matrix = (isRow ? [] : [a[a.count - 2]]) + (isColumn ? [] : [b[b.count - 1]])
      return [ValueType(batch + matrix, elementType: inputs[0].elementType)]
    }

    /// Clips are independent if they are rows of the first matrix, or an axis before the matrices.
    public var facts: OperationFacts {
      OperationFacts(
        reach: .clip,
        cost: .multiplyAdds { inputs, results in OperationFacts.Cost.count(results[0] + [inputs[0].last ?? 0]) },
        integers: .none)
    }

    /// Returns `Σ a · b`, over K.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let (isRow, isColumn) = (inputs[0].rank == 1, inputs[1].rank == 1)
      let a = isRow ? inputs[0].reshaped(to: [1, inputs[0].count]) : inputs[0]
      let b = isColumn ? inputs[1].reshaped(to: [inputs[1].count, 1]) : inputs[1]
      let product = Reference.matMul(a, b)
      let axes = (isRow ? [product.rank - 2] : []) + (isColumn ? [product.rank - 1] : [])
      return [product.without(axes, keepsAxes: false)]
    }
  }
}
