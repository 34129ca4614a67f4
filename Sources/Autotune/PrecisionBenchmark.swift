import Models
import Passes
import Quantization
import IR
import CPU
import Architectures

/// Measures the latency of a network in each number format, with each instruction set of this processor.
///
/// The number formats run in turns, so that a disturbance affects all alike.
public struct PrecisionBenchmark: Sendable {
  /// The result for one number format and one instruction set.
  public struct Row: Sendable {
    /// The instruction set that the kernels use.
    public let isa: ISA
    /// The number format.
    public let precision: Precision
    /// The median latency in milliseconds.
    public let milliseconds: Double
    /// The median ratio to the fp32 run of the same turn.
    public let ratio: Double
    /// The share of the core's measured peak rate that is reached, 0...1.
    public let peakFraction: Double
  }

  private let shapes: [[Int]]
  /// The models in fp32, fp16 and int8.
  private let models: [Model]

  /// Prepares a network in original form for inputs of known shapes, with random weights.
  ///
  /// - Parameters:
  ///   - network: The network, with known shapes.
  ///   - seed: The random seed of the weights and the clips.
  /// - Throws: `TransmuterError`, `GraphError` or ``/Quantization/QuantizationError`` if it cannot be deployed in a
  ///   format.
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

  /// Measures all formats with one instruction set.
  ///
  /// - Parameters:
  ///   - isa: The instruction set.
  ///   - threads: The number of threads; with one, the thread's own time counts, and not that of other programs.
  ///   - turns: The number of measured runs of each format.
  /// - Throws: `RuntimeError` if this processor lacks the instruction set.
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
