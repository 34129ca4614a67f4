import Tensors

/// The number format that a model runs in.
public enum Precision: String, Sendable, CaseIterable {
  /// 32-bit floating point.
  case fp32
  /// 16-bit floating point, for weights and for the values between operations. Arithmetic is in 16 bits if the
  /// processor supports it, else in 32.
  case fp16
  /// 8-bit integers, with 16 bits between a depthwise convolution and its scaling; it requires calibration.
  case int8

  /// The precisions that require no calibration.
  public static let floatingPoint = [Precision.fp32, .fp16]

  /// The element type of stored weights.
  public var weightType: ElementType {
    switch self {
    case .fp32: .float32
    case .fp16: .float16
    case .int8: .int8
    }
  }
}
