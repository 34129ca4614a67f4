import CKernels

/// The element type that kernels store values and weights in.
public enum KernelFormat: String, Sendable, CaseIterable {
  /// 32-bit floating point.
  case float32
  /// 16-bit floating point; results beyond 65,504 become infinite.
  case float16
}

/// The kernels of one instruction set for one format, from which every kernel of a layer is made.
///
/// Buffers hold *elements* of the format. With `float16`, matrix products and depthwise convolutions compute in halves,
/// everything else in floats, with results rounded once, to the nearest, ties to even. Scratch memory and packed depthwise
/// weights hold *numbers* of the type that the kernels compute in.
///
/// Unchecked: the table is a constant.
public struct KernelSet: @unchecked Sendable {
  /// The instruction set that the kernels are named after: without byte arithmetic, which floating-point formats do not
  /// use, and with `float32` without half-precision arithmetic.
  public let isa: ISA
  /// The elements' type.
  public let format: KernelFormat
  package let table: UnsafePointer<va_kernels>

  /// Creates the set of an instruction set's kernels.
  ///
  /// - Precondition: this processor has the instruction set; with `float16`, it computes in half precision
  ///   (``ISA/computesInHalves``).
  public init(_ isa: ISA, _ format: KernelFormat = .float32) {
    let isa = format == .float32 ? isa.computingInFloat : isa.computingInHalves
    self.init(isa, format, table: Self.table(isa, format))
  }

  init(_ isa: ISA, _ format: KernelFormat, table: UnsafePointer<va_kernels>) {
    self.isa = isa
    self.format = format
    self.table = table
  }

  /// The number of elements in a vector.
  public var width: Int { table.pointee.width }

  /// The size of an element in bytes.
  public var elementSize: Int { table.pointee.element_size }

  /// The size in bytes of a number that matrix products and depthwise convolutions compute with.
  var numberSize: Int { table.pointee.number_size }

  /// Returns the number of elements in a plan's pixel: the channels rounded up to whole vectors.
  public func padded(_ channels: Int) -> Int { (channels + width - 1) / width * width }

  /// The kernels that compute in float32 on the same elements, with vectors of the same width: in halves, those of linear
  /// layers alone.
  var computingInFloat: KernelSet { KernelSet(isa.computingInFloat, format) }

  /// Returns a kernel's name in a profile: `f32_pointwise_n2_avx512` is format, family (with tile) and instruction set.
  public func name(_ family: String) -> String { "\(format == .float32 ? "f32" : "f16")_\(family)_\(isa.rawValue)" }

  private static func table(_ isa: ISA, _ format: KernelFormat) -> UnsafePointer<va_kernels> {
    switch (isa, format) {
    #if !WITHOUT_SCALAR_KERNELS
      case (.scalar, .float32): return va_f32_scalar()
    #endif
    #if arch(x86_64)
      case (.avx2, .float32): return va_f32_avx2()
      case (.avx512, .float32): return va_f32_avx512()
      case (.avx512, .float16): return va_f16_avx512()
      case (.avx512fp16, .float16): return va_f16_avx512fp16()
    #elseif arch(arm64)
      case (.neon, .float32): return va_f32_neon()
      case (.neon, .float16): return va_f16_neon()
      case (.neonFP16, .float16): return va_f16_neon_fp16()
    #endif
    default: preconditionFailure("there are no \(format) kernels for \(isa.rawValue) on this processor")
    }
  }
}

extension ISA {
  /// The instruction set with the same vectors, without arithmetic in half precision.
  fileprivate var computingInFloat: ISA {
    switch self {
    case .neonFP16, .neonDotprod, .neonI8MM: .neon
    case .avx512fp16: .avx512
    default: self
    }
  }

  /// The instruction set with the same vectors, without arithmetic on bytes.
  fileprivate var computingInHalves: ISA {
    switch self {
    case .neonDotprod, .neonI8MM: .neonFP16
    default: self
    }
  }
}
