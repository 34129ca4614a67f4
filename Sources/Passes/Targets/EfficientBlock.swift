/// The names of the efficient blocks in reports.
public enum EfficientBlock {
  /// A 1×1×1 convolution of any stride, with scale, activations and residual.
  public static let pointwise = "pointwise"
  /// A 3×3×3 depthwise convolution.
  public static let depthwise = "depthwise_3x3x3"
  /// A convolution over time: k×1×1, dense or depthwise.
  public static let temporal = "temporal_kx1x1"
  /// A convolution over space: 1×k×k, or k×k in 2D, dense or depthwise.
  public static let spatial = "spatial_1xkxk"
  /// A dense convolution over time and space: k×k×k.
  public static let spatiotemporal = "spatiotemporal_kxkxk"
  /// Squeeze-excite's gate, from the channels' means to their scales.
  public static let squeezeExcite = "squeeze_excite"
}
