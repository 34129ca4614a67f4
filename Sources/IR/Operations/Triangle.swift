import Tensors

extension Operations {
  /// Matrices with zeros below or above a diagonal.
  ///
  /// Input: x `[…, M, N]` of any element type. Result: like x.
  public struct Triangle: Operation {
    /// `triangle`.
    public static let name = "triangle"
    /// Whether the elements on and above the diagonal are kept, and not those on and below.
    public var keepsUpper: Bool
    /// The diagonal: 0 for the main one, n for the n-th above it.
    public var diagonal: Int

    /// Creates the operation from its attributes.
    public init(keepsUpper: Bool, diagonal: Int = 0) {
      self.keepsUpper = keepsUpper
      self.diagonal = diagonal
    }

    /// Returns the type of x.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: .any)
      guard inputs[0].rank >= 2 else { throw ShapeError("x must be [..., M, N]") }
      guard (-1 << 40...1 << 40).contains(diagonal) else { throw ShapeError("it has no diagonal \(diagonal)") }
      return [inputs[0]]
    }

    /// Positions count, so clips are independent only if they are not rows; that depends on the rank.
    public var facts: OperationFacts { OperationFacts(reach: .batch, cost: .uncounted, integers: .none) }

    /// Returns x with zeros outside of the triangle.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      [Reference.triangle(inputs[0], keepsUpper: keepsUpper, diagonal: diagonal)]
    }
  }
}
