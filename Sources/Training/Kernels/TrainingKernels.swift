import CKernels
import CPU

/// The training kernels of one instruction set, beside its other kernels: what every training kernel is made from.
///
/// All are in float32. Unchecked: the table is a constant.
struct TrainingKernels: @unchecked Sendable {
  let inference: KernelSet
  let table: UnsafePointer<va_train_kernels>

  /// The training kernels of a set's instruction set.
  ///
  /// - Precondition: the kernels are in float32.
  init(_ kernels: KernelSet) {
    precondition(kernels.format == .float32, "training is in float32")
    inference = kernels
    switch kernels.isa {
    #if arch(x86_64)
      case .avx2: table = va_train_avx2()
      case .avx512: table = va_train_avx512()
    #elseif arch(arm64)
      case .neon: table = va_train_neon()
    #endif
    default: table = va_train_scalar()
    }
  }

  /// Lanes of a vector.
  var width: Int { inference.width }

  /// Channels rounded up to whole vectors: the floats of a pixel.
  func padded(_ channels: Int) -> Int { inference.padded(channels) }

  /// The number of vectors of a pixel.
  func vectors(_ channels: Int) -> Int { padded(channels) / width }

  /// Whether a run's results are written around the caches, as they are too large for them; see streams.inc.
  ///
  /// From this size on that takes less time, even if the next step reads them.
  func streams(floats: Int) -> Int32 { floats >= 4 << 20 ? 1 : 0 }

  /// A kernel's name in a profile.
  func name(_ family: String) -> String { inference.name(family) }
}
