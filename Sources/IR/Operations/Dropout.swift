import Tensors

extension Operations {
  /// Dropout: the identity in inference; training replaces it by a mask with a random key.
  ///
  /// Input: x of any shape. Result: like x.
  public struct Dropout: Operation {
    /// `dropout`.
    public static let name = "dropout"
    /// The probability that an element is dropped, in 0..<1.
    public var rate: Float

    /// Creates dropout with a rate.
    public init(rate: Float) { self.rate = rate }

    /// Returns the type of x.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: [.float32])
      guard rate >= 0, rate < 1 else { throw ShapeError("the rate \(rate) must be in 0 ..< 1") }
      return [inputs[0]]
    }

    /// Each element of the result depends on the one at the same position.
    public var facts: OperationFacts { OperationFacts(reach: .element, cost: .uncounted, integers: .none) }

    /// Returns x, as nothing is dropped in inference.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] { [inputs[0]] }
  }
}
