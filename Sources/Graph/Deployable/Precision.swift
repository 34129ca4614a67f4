/// The number format that a model runs in.
public enum Precision: String, Sendable, CaseIterable {
  /// 32-bit floating point.
  case fp32
}
