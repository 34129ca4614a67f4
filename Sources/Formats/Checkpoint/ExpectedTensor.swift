/// A parameter or buffer that a model needs.
public struct ExpectedTensor: Sendable, Hashable {
  /// Its path, as in PyTorch's state dict: `blocks.0.conv.weight`.
  public let name: String
  /// Its shape.
  public let shape: [Int]
  /// Whether the model works without it.
  public let isOptional: Bool

  /// Creates a parameter or buffer.
  public init(name: String, shape: [Int], isOptional: Bool = false) {
    self.name = name
    self.shape = shape
    self.isOptional = isOptional
  }
}
