/// The names of the efficient blocks, as they stand in reports.
public enum EfficientBlock {
  /// A 1×1×1 convolution of any stride, with scale, activations and residual.
  public static let pointwise = "pointwise"
  /// A convolution of each channel by itself, 3×3×3.
  public static let depthwise = "depthwise_3x3x3"
  /// A convolution over time alone: k×1×1, dense or depthwise.
  public static let temporal = "temporal_kx1x1"
  /// A convolution over space alone: 1×k×k, or k×k in 2D, dense or depthwise.
  public static let spatial = "spatial_1xkxk"
  /// From the means of channels to their scales.
  public static let squeezeExcite = "squeeze_excite"
}
