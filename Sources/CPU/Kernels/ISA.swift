import CKernels

/// A set of instructions that kernels are compiled for.
public enum ISA: String, Sendable, CaseIterable, Comparable {
  /// No vector instructions; available everywhere.
  case scalar
  /// 128-bit vectors of arm64.
  case neon
  /// The same, with arithmetic in half precision.
  case neonFP16 = "neon_fp16"
  /// The same, with dot products of bytes.
  case neonDotprod = "neon_dotprod"
  /// The same, with products of matrices of bytes.
  case neonI8MM = "neon_i8mm"
  /// 256-bit vectors with FMA.
  case avx2
  /// 512-bit vectors (F, BW, DQ, VL, VNNI).
  case avx512
  /// The same, with arithmetic in half precision.
  case avx512fp16

  /// Whether this processor has the instruction set.
  public var isAvailable: Bool {
    switch self {
    case .scalar: true
    case .neon: Self.features.neon
    case .neonFP16: Self.features.neon_fp16
    case .neonDotprod: Self.features.neon_fp16 && Self.features.neon_dotprod
    case .neonI8MM: Self.features.neon_fp16 && Self.features.neon_dotprod && Self.features.neon_i8mm
    case .avx2: Self.features.avx2
    case .avx512: Self.features.avx512
    case .avx512fp16: Self.features.avx512fp16
    }
  }

  /// Whether the instruction set has arithmetic in half precision.
  public var computesInHalves: Bool {
    switch self {
    case .neonFP16, .neonDotprod, .neonI8MM, .avx512fp16: true
    case .scalar, .neon, .avx2, .avx512: false
    }
  }

  /// The instruction sets of this processor, the fastest last.
  public static var available: [ISA] { allCases.filter(\.isAvailable) }

  /// Later in the list is faster.
  public static func < (left: ISA, right: ISA) -> Bool {
    (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
  }

  private static let features = va_cpu_identify()
}
