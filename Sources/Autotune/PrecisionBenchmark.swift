import Models
import Passes
import Quantization
import IR
import CPU
import Architectures

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
  /// The forms in fp32, fp16 and int8.
  private let models: [Model]

  /// Prepares a network, in original form, for inputs of known shapes; weights are made up, as they do not matter.
  ///
  /// - Throws: `TransmuterError`, `GraphError` or ``QuantizationError`` if it can't be deployed in a format.
  public init(_ network: Graph, seed: UInt64 = 1) throws {
    shapes = network.inputs.map { network.type($0).fixedShape ?? [] }
    let weights = RandomWeights.parameters(of: network, seed: seed)
    let model = Model(name: "random", graph: network, weights: weights)
    let transmuter = Transmuter(target: .host)
    let clip = Calibration.Clip(name: "random", inputs: RandomWeights.inputs(shapes, seed: seed))
    let quantizer = Quantizer(observer: .minMax, equalizes: false, correctsBias: false)
    models = [
      try transmuter.deploy(model, precision: .fp32).model,
      try transmuter.deploy(model, precision: .fp16).model,
      try transmuter.deploy(model, quantizedBy: quantizer, calibration: Calibration(clips: [clip])).model,
    ]
  }

  /// Measures all formats by one instruction set.
  ///
  /// - Parameters:
  ///   - threads: With one, its own time counts, and not that of other programs in between.
  ///   - turns: How many runs of each format are measured.
  /// - Throws: `RuntimeError` if this processor lacks the instructions.
  public func rows(isa: ISA, threads: Int = 1, turns: Int = 50) throws -> [Row] {
    let plans = try models.map { model in
      try Plan(
        model.graph, weights: model.weights, inputShapes: shapes, precision: model.precision,
        quantization: model.quantization, isa: isa)
    }
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
