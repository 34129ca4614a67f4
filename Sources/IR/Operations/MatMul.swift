import Tensors

extension Operations {
  /// A matrix product over the last two axes; the axes before them broadcast.
  ///
  /// Inputs: a `[…, M, K]`, b `[…, K, N]`. Result: `[…, M, N]`.
  public struct MatMul: Operation {
    /// `matmul`.
    public static let name = "matmul"

    /// Creates a matrix product; it has no attributes.
    public init() {}

    /// Returns `[…, M, N]`; K must agree, and the axes before the matrices must broadcast.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(2...2, of: [.float32])
      let (a, b) = (inputs[0].shape, inputs[1].shape)
      guard a.count >= 2, b.count >= 2 else { throw ShapeError("both must have two axes or more") }
      guard a[a.count - 1].isCompatible(with: b[b.count - 2]) else {
        throw ShapeError("the columns of the first must be as many as the rows of the second")
      }
      let batch = try Dimension.broadcast(Array(a.dropLast(2)), Array(b.dropLast(2)))
      return [ValueType(batch + [a[a.count - 2], b[b.count - 1]])]
    }

    /// Clips are independent if they are rows of the first matrix, or an axis before the matrices.
    public var facts: OperationFacts {
      OperationFacts(
        reach: .clip, cost: .multiplyAdds { inputs, results in results[0].reduce(1, *) * (inputs[0].last ?? 0) },
        integers: .none)
    }

    /// Returns `Σ a · b`, over K.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] { [Reference.matMul(inputs[0], inputs[1])] }
  }
}
