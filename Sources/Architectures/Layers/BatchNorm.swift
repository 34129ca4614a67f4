import IR

/// Batch normalization over the channels of `[N, C, …]`, in 2D and 3D.
///
/// Parameters: `weight`, `bias` and the buffers `running_mean`, `running_var`, `[C]` each.
public struct BatchNorm: Layer {
  private let channels: Int
  private let epsilon: Float

  /// Creates a batch normalization; `epsilon` is added to the variance.
  public init(_ channels: Int, epsilon: Float = 1e-5) {
    self.channels = channels
    self.epsilon = epsilon
  }

  /// Adds the normalization.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    let builder = x.builder
    return x.applying(
      Operations.BatchNorm(epsilon: epsilon),
      builder.parameter("weight", shape: [channels]),
      builder.parameter("bias", shape: [channels]),
      builder.parameter("running_mean", shape: [channels], role: .buffer),
      builder.parameter("running_var", shape: [channels], role: .buffer))
  }
}
