import IR

/// A linear map of the last axis: `[…, I]` to `[…, O]`.
///
/// Parameters: `weight` `[O, I]` and, with a bias, `bias` `[O]`.
public struct Linear: Layer {
  private let inputs: Int
  private let outputs: Int
  private let bias: Bool

  /// Creates a linear map.
  public init(_ inputs: Int, _ outputs: Int, bias: Bool = true) {
    self.inputs = inputs
    self.outputs = outputs
    self.bias = bias
  }

  /// Adds the map.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    let weight = x.builder.parameter("weight", shape: [outputs, inputs])
    guard bias else { return x.applying(Operations.Linear(), weight) }
    return x.applying(Operations.Linear(), weight, x.builder.parameter("bias", shape: [outputs]))
  }
}
