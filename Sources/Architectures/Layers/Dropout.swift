import IR

/// Dropout: zeroes elements at random in training, does nothing in inference.
public struct Dropout: Layer {
  private let rate: Float

  /// Creates dropout with a rate in 0 ..< 1.
  public init(_ rate: Float) { self.rate = rate }

  /// Adds the dropout; nothing at rate 0.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    rate == 0 ? x : x.applying(Operations.Dropout(rate: rate))
  }
}
