/// The range of the integers of quantized weights.
///
/// Plans of this package are exact with either range, and equally fast. The reduced range is for other runtimes: on x86
/// without VNNI many multiply unsigned by signed bytes with an instruction that adds two products in 16 bits
/// (`vpmaddubsw`) and saturates at 2¹⁵: two products of up to 255 · 127 do not fit, two of up to 255 · 63 always do.
public enum WeightRange: Sendable, CaseIterable {
  /// 8 bits, −127...127.
  case full
  /// 7 bits, −63...63.
  case reduced

  /// The largest integer; the smallest is its negative.
  public var largest: Int { self == .full ? 127 : 63 }

  /// The number of bits of a weight.
  public var bits: Int { self == .full ? 8 : 7 }
}
