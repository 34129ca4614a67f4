import CKernels
import IR

extension ISA {
  /// The table of int8 kernels, which also says how they take their weights.
  ///
  /// - Precondition: this processor has the instruction set.
  var int8: va_qu8_kernels {
    switch computingInBytes {
    #if !WITHOUT_SCALAR_KERNELS
      case .scalar: return va_qu8_scalar().pointee
    #endif
    #if arch(x86_64)
      case .avx2: return va_qu8_avx2().pointee
      case .avx512: return va_qu8_avx512().pointee
    #elseif arch(arm64)
      case .neon: return va_qu8_neon().pointee
      case .neonDotprod: return va_qu8_neon_dotprod().pointee
      case .neonI8MM: return va_qu8_neon_i8mm().pointee
    #endif
    default: preconditionFailure("this processor has no \(rawValue)")
    }
  }

  /// The instruction set with the same vectors, without arithmetic in half precision.
  private var computingInBytes: ISA {
    switch self {
    case .neonFP16: .neon
    case .avx512fp16: .avx512
    default: self
    }
  }

  /// Returns an int8 kernel's name in a profile: `qu8_pointwise_n2_avx512` is format, family (with tile) and
  /// instruction set.
  public func quantizedName(_ family: String) -> String { "qu8_\(family)_\(computingInBytes.rawValue)" }

  /// The number of frames side by side in 32 bits of the frame-interleaved layout: 4 bytes, or 1 float.
  package var interleavedFrames: Int { Int(int8.lanes_frames) }

  /// Returns the size in bytes of a frame-interleaved row of a value `[T, H, W]`.
  package func interleavedRowBytes(size: [Int], pixel: Int) -> Int {
    (size[0] + interleavedFrames - 1) / interleavedFrames * size[2] * pixel * 4
  }

  /// Returns the bytes of a pixel in a plan: the channels rounded up to blocks of 16, on every instruction set.
  public static func quantizedPixel(_ channels: Int) -> Int { (channels + 15) / 16 * 16 }
}

extension QuantizedResult {
  /// The result's parameters in the form that kernels take.
  var task: va_qu8_requantization {
    let zero = Int32(quantization?.storedZero ?? 0)
    return va_qu8_requantization(
      activation: activation.code, inverse: 1 / (quantization?.scale ?? 1), low: activation == .relu ? 0 : Float(-zero),
      zero: zero)
  }
}

/// Three numbers of an array as C's tuple.
package func triple<Number: BinaryInteger>(_ values: [Int]) -> (Number, Number, Number) {
  (Number(values[0]), Number(values[1]), Number(values[2]))
}
