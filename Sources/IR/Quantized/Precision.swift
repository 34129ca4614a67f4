import Tensors

/// The number format that a model runs in.
public enum Precision: String, Sendable, CaseIterable {
  /// 32-bit floating point.
  case fp32
  /// 16-bit floating point: for weights and for the values between operations. Arithmetic is in 16 bits where the processor
  /// has that, else in 32.
  case fp16
  /// 8-bit integers, with 16 bits between a depthwise convolution and what scales it; it takes calibration.
  case int8

  /// The formats that take nothing but the weights, no clips to learn from.
  public static let floatingPoint = [Precision.fp32, .fp16]

  /// What weights are stored as.
  public var weightType: ElementType {
    switch self {
    case .fp32: .float32
    case .fp16: .float16
    case .int8: .int8
    }
  }
}
