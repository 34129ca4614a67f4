import CKernels
import CPU

/// The training kernels of one instruction set, beside its inference kernels, from which every training kernel is made.
///
/// All are float32. Unchecked, as the table is a constant.
struct TrainingKernels: @unchecked Sendable {
  let inference: KernelSet
  let table: UnsafePointer<va_train_kernels>

  /// Creates the training kernels of a set's instruction set.
  ///
  /// - Precondition: The kernels are float32.
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

  /// The number of elements in a vector.
  var width: Int { inference.width }

  /// Returns the floats of a pixel: the channels rounded up to whole vectors.
  func padded(_ channels: Int) -> Int { inference.padded(channels) }

  /// Returns the number of vectors in a pixel.
  func vectors(_ channels: Int) -> Int { padded(channels) / width }

  /// Returns whether a run's results are too large for the caches, and are written around them; see streams.inc.
  ///
  /// From this size on that takes less time, even if the next step reads them.
  func streams(floats: Int) -> Int32 { floats >= 4 << 20 ? 1 : 0 }

  /// Returns a kernel's name in a profile.
  func name(_ family: String) -> String { inference.name(family) }
}
