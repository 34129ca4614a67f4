import Tensors

/// Measures the peak rates of one core of this processor.
public enum MeasuredPeak {
  /// Returns the floating-point operations per second of one core, the fastest of several short runs.
  ///
  /// - Precondition: with `float16`, the instruction set computes in half precision.
  public static func flops(isa: ISA, format: KernelFormat = .float32) -> Double {
    let iterations = 200_000
    return fastest(of: 20) { PeakLoop.run(isa: isa, format: format, iterations: iterations) }
  }

  /// Returns the operations per second of one core's dot products of bytes, or of what the int8 kernels use in their
  /// place: the fastest of several short runs.
  public static func byteOperations(isa: ISA) -> Double {
    fastest(of: 20) { QuantizedPeakLoop.run(isa: isa, iterations: 10_000) }
  }

  /// Returns the bytes per second that one core reads from memory, the fastest of several passes over a buffer larger
  /// than the caches.
  public static func memoryBandwidth(isa: ISA) -> Double {
    bandwidth(isa: isa, bytes: 128 << 20, passes: 1, runs: 8)
  }

  /// Returns the bytes per second that one core reads from its own caches: from a buffer that fits the second-level
  /// cache, but not the first-level one.
  public static func cacheBandwidth(isa: ISA) -> Double {
    bandwidth(isa: isa, bytes: 256 << 10, passes: 40, runs: 20)
  }

  private static func bandwidth(isa: ISA, bytes: Int, passes: Int, runs: Int) -> Double {
    // Written to, as pages that were never written may all be backed by one page of zeros.
    let buffer = Tensor(shape: [bytes / MemoryLayout<Float>.stride], as: Float.self) { $0.update(repeating: 1) }
    return fastest(of: runs) {
      // A sum of ones is never negative; the test keeps the compiler from removing the loop.
      let sum = PeakLoop.read(buffer, isa: isa, times: passes)
      return Double(passes * bytes) + (sum < 0 ? 1 : 0)
    }
  }

  /// Returns the best rate of several runs: the amount that a run returns, per second.
  private static func fastest(of runs: Int, _ run: () -> Double) -> Double {
    return (0..<runs).map { _ in
      var amount = 0.0
      let milliseconds = Stopwatch.wall.measure { amount = run() }
      return amount * 1e3 / milliseconds
    }.max() ?? 1
  }
}
