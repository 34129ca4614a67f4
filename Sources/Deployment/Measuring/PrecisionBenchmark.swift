import IR
import CPU
import Architectures
import Tensors

/// How long a network takes in each number format, by each instruction set of this processor: its forms run in turns, so that
/// what slows the machine down hits all alike.
public struct PrecisionBenchmark: Sendable {
  /// One number format by one instruction set.
  public struct Row: Sendable {
    /// The instructions that the kernels use.
    public let isa: ISA
    /// The number format.
    public let precision: Precision
    /// The median of a run.
    public let milliseconds: Double
    /// The median of the ratios to the run in fp32 of the same turn.
    public let ratio: Double
    /// The share of what a core can do at most in what the kernels compute with.
    public let peakFraction: Double
  }

  private let shapes: [[Int]]
  private let single: ModelProgram
  private let half: ModelProgram
  private let quantized: QuantizedProgram

  /// Prepares a network, in original form, for inputs of known shapes; weights are made up, as they do not matter.
  ///
  /// - Throws: `TransmuterError`, `GraphError` or ``QuantizationError`` if it can't be deployed in a format.
  public init(_ network: Graph, seed: UInt64 = 1) throws {
    shapes = network.inputs.map { network.type($0).fixedShape ?? [] }
    single = try Transmuter(target: .host)
      .deploy(network, weights: RandomWeights.parameters(of: network, seed: seed), precision: .fp32).program
    half = try single.stored(in: .fp16)
    let clip = Calibration.Clip(name: "random", inputs: RandomWeights.inputs(shapes, seed: seed))
    quantized = try Quantizer(observer: .minMax, equalizes: false, correctsBias: false)
      .quantize(single, calibration: Calibration(clips: [clip]), others: [], progress: { _ in }).model
  }

  /// Measures all formats by one instruction set.
  ///
  /// - Parameters:
  ///   - threads: With one, its own time counts, and not that of other programs in between.
  ///   - turns: How many runs of each format are measured.
  /// - Throws: `RuntimeError` if this processor lacks the instructions.
  public func rows(isa: ISA, threads: Int = 1, turns: Int = 50) throws -> [Row] {
    let plans = [
      try Plan(single.graph, weights: single.weights, inputShapes: shapes, isa: isa),
      try Plan(half.graph, weights: half.weights, inputShapes: shapes, precision: .fp16, isa: isa),
      try Plan(
        quantized.program.graph, weights: quantized.weights, inputShapes: shapes, precision: .int8,
        quantization: quantized.table, isa: isa),
    ]
    let times = try InterleavedBenchmark.measure(
      plans, on: RandomWeights.inputs(shapes), threads: threads, for: .zero, turns: turns
    ).map(\.milliseconds)
    return zip(plans, times).map { plan, milliseconds in
      let peak =
        plan.precision == .int8
        ? MeasuredPeak.byteOperations(isa: isa)
        : MeasuredPeak.flops(isa: isa, format: plan.precision.kernelFormat(on: isa))
      return Row(
        isa: isa, precision: plan.precision, milliseconds: milliseconds, ratio: milliseconds / times[0],
        peakFraction: 2 * Double(plan.multiplyAdds) / (milliseconds / 1000) / peak / Double(threads))
    }
  }
}
