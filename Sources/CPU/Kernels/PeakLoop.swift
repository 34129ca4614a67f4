import CKernels
import Tensors

/// The loops that kernels are measured against.
public enum PeakLoop {
  /// Runs independent multiply-adds, and returns the number of floating-point operations.
  public static func run(isa: ISA, format: KernelFormat = .float32, iterations: Int) -> Double {
    var operations = 0.0
    KernelSet(isa, format).table.pointee.peak(iterations, &operations)
    return operations
  }

  /// Reads a float32 tensor in memory order, `times` times, and returns the sum of its elements; a remainder that does
  /// not fill eight vectors is skipped.
  public static func read(_ tensor: Tensor, isa: ISA, times: Int = 1) -> Float {
    let kernels = KernelSet(isa)
    return tensor.withUnsafeElements(as: Float.self) { elements in
      guard let start = elements.baseAddress else { return 0 }
      let count = elements.count / (8 * kernels.width) * (8 * kernels.width)
      var sum: Float = 0
      for _ in 0..<times { kernels.table.pointee.read(start, count, &sum) }
      return sum
    }
  }
}
