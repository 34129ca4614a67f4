import CKernels
import Tensors

/// The loops that kernels are measured against.
public enum PeakLoop {
  /// Runs multiply-adds that wait for nothing, and returns how many floating-point operations that were.
  public static func run(isa: ISA, format: KernelFormat = .float32, iterations: Int) -> Double {
    var operations = 0.0
    KernelSet(isa, format).table.pointee.peak(iterations, &operations)
    return operations
  }

  /// Reads a float32 tensor in the order of memory, a number of times, and returns the sum of its elements; what does not
  /// fill eight vectors at the end is left out.
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
