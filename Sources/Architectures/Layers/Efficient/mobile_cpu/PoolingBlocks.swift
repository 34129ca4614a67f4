import IR

/// Global average pooling in 3D: `[N, C, T, H, W]` to `[N, C, 1, 1, 1]`.
public struct AdaptiveAvgPool3dOutSize1: Layer {
  /// Creates global average pooling.
  public init() {}

  /// Adds the pooling.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor { AdaptivePooling.average([1, 1, 1])(x, name: "pool") }
}

/// Global average pooling in 2D: `[N, C, H, W]` to `[N, C, 1, 1]`.
public struct AdaptiveAvgPool2dOutSize1: Layer {
  /// Creates global average pooling.
  public init() {}

  /// Adds the pooling.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor { AdaptivePooling.average([1, 1])(x, name: "pool") }
}
