import IR

/// Pooling over sliding windows, in 2D (`[H, W]` arrays) or 3D (`[T, H, W]`).
public struct Pooling: Layer {
  private let operation: Operations.Pool

  /// Returns average pooling; padding counts as zeros unless `countsPadding` is false.
  public static func average(
    kernel: [Int], stride: [Int]? = nil, padding: [Int]? = nil, countsPadding: Bool = true, roundsUp: Bool = false
  ) -> Pooling {
    Pooling(.average, kernel, stride, padding, countsPadding: countsPadding, roundsUp: roundsUp)
  }

  /// Returns maximum pooling.
  public static func maximum(
    kernel: [Int], stride: [Int]? = nil, padding: [Int]? = nil, roundsUp: Bool = false
  ) -> Pooling {
    Pooling(.maximum, kernel, stride, padding, countsPadding: false, roundsUp: roundsUp)
  }

  private init(
    _ function: PoolingFunction, _ kernel: [Int], _ stride: [Int]?, _ padding: [Int]?, countsPadding: Bool,
    roundsUp: Bool
  ) {
    // Without a stride, windows are adjacent, as in PyTorch.
    operation = Operations.Pool(
      function, window: Window(kernel: kernel, stride: stride ?? kernel, padding: padding),
      countsPadding: countsPadding, roundsUp: roundsUp)
  }

  /// Adds the pooling.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor { x.applying(operation) }
}

/// Pooling to a given size for any input size, in 2D (`[H, W]`) or 3D (`[T, H, W]`).
public struct AdaptivePooling: Layer {
  private let operation: Operations.AdaptivePool

  /// Returns average pooling to a size.
  public static func average(_ outputSize: [Int]) -> AdaptivePooling { AdaptivePooling(.average, outputSize) }

  /// Returns maximum pooling to a size.
  public static func maximum(_ outputSize: [Int]) -> AdaptivePooling { AdaptivePooling(.maximum, outputSize) }

  private init(_ function: PoolingFunction, _ outputSize: [Int]) {
    operation = Operations.AdaptivePool(function, outputSize: outputSize)
  }

  /// Adds the pooling.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor { x.applying(operation) }
}
