import CKernels

/// A loop of dot products of bytes that wait for nothing: what int8 kernels are measured against.
public enum QuantizedPeakLoop {
  /// Runs the loop and returns how many operations (multiplications and additions) that were.
  public static func run(isa: ISA, iterations: Int) -> Double {
    var operations = 0.0
    isa.int8.peak(iterations, &operations)
    return operations
  }
}
