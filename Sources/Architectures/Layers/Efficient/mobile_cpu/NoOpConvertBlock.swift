import IR

/// A layer whose original form is its deployable form: nothing to convert. Its paths start with `model`.
public struct NoOpConvertBlock: Layer {
  private let model: any Layer

  /// Creates a block of a layer.
  public init(_ model: any Layer) { self.model = model }

  /// Adds the wrapped layer.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor { model(x, name: "model") }
}

/// A linear map of the last axis, `[…, I]` to `[…, O]`, as an efficient block. Parameters: `model.weight`, `model.bias`.
public struct FullyConnected: Layer {
  private let block: NoOpConvertBlock

  /// Creates a linear map.
  public init(_ inputs: Int, _ outputs: Int, bias: Bool = true) {
    block = NoOpConvertBlock(Linear(inputs, outputs, bias: bias))
  }

  /// Adds the map.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor { block.forward(x) }
}
