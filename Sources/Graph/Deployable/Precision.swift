import Tensors

/// The number format that a model runs in.
public enum Precision: String, Sendable, CaseIterable {
  /// 32-bit floating point.
  case fp32
  /// 16-bit floating point: for weights and for the values between operations. Arithmetic is in 16 bits where the processor
  /// has that, else in 32.
  case fp16

  /// What weights are stored as.
  public var weightType: ElementType {
    switch self {
    case .fp32: .float32
    case .fp16: .float16
    }
  }
}
