import IR

/// A part of a model in its original, trainable form: called on a value of a graph under construction, it adds
/// operations.
///
/// A layer is a description without weights: each call adds new parameters under the path of the call. Values are `[N,
/// C, T, H, W]` in 3D and `[N, C, H, W]` in 2D.
///
/// ```swift
/// let net = Graph.build(input: .clip(channels: 3)) { clip in
///   Conv3dPwBnAct(3, 24)(clip)
/// }
/// ```
public protocol Layer: Sendable {
  /// Adds the layer's operations; called within the layer's scope.
  func forward(_ x: SymbolicTensor) -> SymbolicTensor
}

extension Layer {
  /// Adds the layer under a number: `0` for the first unnamed call in a scope, and so on, as in a sequence.
  public func callAsFunction(_ x: SymbolicTensor) -> SymbolicTensor {
    x.builder.scoped(nil) { forward(x) }
  }

  /// Adds the layer under a name, which becomes part of its parameters' paths.
  public func callAsFunction(_ x: SymbolicTensor, name: String) -> SymbolicTensor {
    x.builder.scoped(name) { forward(x) }
  }
}

/// Layers that run one after the other, under the numbers `0`, `1`, ….
public struct Sequential: Layer {
  private let layers: [any Layer]

  /// Creates a sequence of layers.
  public init(_ layers: any Layer...) { self.layers = layers }

  /// Calls the layers in order.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    layers.reduce(x) { x, layer in layer(x) }
  }
}
