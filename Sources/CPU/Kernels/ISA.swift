import CKernels

/// An instruction set that kernels are compiled for.
public enum ISA: String, Sendable, CaseIterable, Comparable {
  /// No vector instructions; available everywhere but in a library without these kernels.
  case scalar
  /// 128-bit vectors of arm64 (NEON).
  case neon
  /// NEON with arithmetic in half precision.
  case neonFP16 = "neon_fp16"
  /// NEON with dot products of bytes.
  case neonDotprod = "neon_dotprod"
  /// NEON with matrix products of bytes.
  case neonI8MM = "neon_i8mm"
  /// 256-bit vectors with FMA.
  case avx2
  /// 512-bit vectors (F, BW, DQ, VL, VNNI).
  case avx512
  /// AVX-512 with arithmetic in half precision.
  case avx512fp16

  /// Whether this processor supports the instruction set.
  public var isAvailable: Bool {
    switch self {
    case .scalar: Self.hasScalarKernels
    case .neon: Self.features.neon
    case .neonFP16: Self.features.neon_fp16
    case .neonDotprod: Self.features.neon_fp16 && Self.features.neon_dotprod
    case .neonI8MM: Self.features.neon_fp16 && Self.features.neon_dotprod && Self.features.neon_i8mm
    case .avx2: Self.features.avx2
    case .avx512: Self.features.avx512
    case .avx512fp16: Self.features.avx512fp16
    }
  }

  /// Whether the instruction set includes arithmetic in half precision.
  public var computesInHalves: Bool {
    switch self {
    case .neonFP16, .neonDotprod, .neonI8MM, .avx512fp16: true
    case .scalar, .neon, .avx2, .avx512: false
    }
  }

  /// The instruction sets that this processor supports, the fastest last.
  public static var available: [ISA] { allCases.filter(\.isAvailable) }

  /// Whether the left instruction set is slower, that is, declared earlier.
  public static func < (left: ISA, right: ISA) -> Bool {
    (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
  }

  private static let features = va_cpu_identify()

  // The library for arm64, where every processor has NEON, goes without (scripts/build-library).
  #if WITHOUT_SCALAR_KERNELS
    private static let hasScalarKernels = false
  #else
    private static let hasScalarKernels = true
  #endif
}
