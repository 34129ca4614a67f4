import IR

/// Pooling over sliding windows, in 2D (`[H, W]` arrays) or 3D (`[T, H, W]`).
public struct Pooling: Layer {
  private let operation: Operations.Pool

  /// Average pooling; padding counts as zeros unless `countsPadding` is false.
  public static func average(
    kernel: [Int], stride: [Int]? = nil, padding: [Int]? = nil, countsPadding: Bool = true, roundsUp: Bool = false
  ) -> Pooling {
    Pooling(.average, kernel, stride, padding, countsPadding: countsPadding, roundsUp: roundsUp)
  }

  /// Maximum pooling.
  public static func maximum(
    kernel: [Int], stride: [Int]? = nil, padding: [Int]? = nil, roundsUp: Bool = false
  ) -> Pooling {
    Pooling(.maximum, kernel, stride, padding, countsPadding: false, roundsUp: roundsUp)
  }

  private init(
    _ function: PoolingFunction, _ kernel: [Int], _ stride: [Int]?, _ padding: [Int]?, countsPadding: Bool,
    roundsUp: Bool
  ) {
    // Windows side by side are the habit of the field where no stride is given.
    operation = Operations.Pool(
      function, window: Window(kernel: kernel, stride: stride ?? kernel, padding: padding),
      countsPadding: countsPadding, roundsUp: roundsUp)
  }

  /// Adds the pooling.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor { x.applying(operation) }
}

/// Pooling to a given size whatever the input's, in 2D (`[H, W]`) or 3D (`[T, H, W]`).
public struct AdaptivePooling: Layer {
  private let operation: Operations.AdaptivePool

  /// Average pooling to a size.
  public static func average(_ outputSize: [Int]) -> AdaptivePooling { AdaptivePooling(.average, outputSize) }

  /// Maximum pooling to a size.
  public static func maximum(_ outputSize: [Int]) -> AdaptivePooling { AdaptivePooling(.maximum, outputSize) }

  private init(_ function: PoolingFunction, _ outputSize: [Int]) {
    operation = Operations.AdaptivePool(function, outputSize: outputSize)
  }

  /// Adds the pooling.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor { x.applying(operation) }
}
