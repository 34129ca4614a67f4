/// What this processor's cores can do at most, measured.
public enum MeasuredPeak {
  /// Floating-point operations per second of one core in float32, the fastest of some short runs.
  public static func flops(isa: ISA) -> Double {
    let clock = ContinuousClock()
    let iterations = 200_000
    return (0..<20).map { _ in
      let start = clock.now
      let operations = PeakLoop.run(isa: isa, iterations: iterations)
      return operations / ((clock.now - start) / .seconds(1))
    }.max() ?? 1
  }
}
