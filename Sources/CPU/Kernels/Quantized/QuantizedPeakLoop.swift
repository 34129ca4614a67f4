import CKernels

/// A loop of independent dot products of bytes: what int8 kernels are measured against.
public enum QuantizedPeakLoop {
  /// Runs the loop, and returns the number of operations (multiplications and additions).
  public static func run(isa: ISA, iterations: Int) -> Double {
    var operations = 0.0
    isa.int8.peak(iterations, &operations)
    return operations
  }
}
