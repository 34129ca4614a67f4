import CKernels

/// A loop of multiply-adds that wait for nothing: what kernels are measured against.
public enum PeakLoop {
  /// Runs the loop and returns how many floating-point operations that were.
  public static func run(isa: ISA, iterations: Int) -> Double {
    var operations = 0.0
    isa.float32.peak(iterations, &operations)
    return operations
  }
}
