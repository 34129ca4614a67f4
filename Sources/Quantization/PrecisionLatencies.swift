import Passes
import IR
import CPU

/// The latencies of a model in integers and in floating point, on this machine with one thread.
public struct PrecisionLatencies: Sendable {
  /// The processor's name.
  public let processor: String
  /// The instruction set that the kernels use.
  public let isa: ISA
  /// The shapes of the inputs.
  public let inputShapes: [[Int]]
  /// The median latency in milliseconds of the model as it was deployed.
  public let int8: Double
  /// The median latency in milliseconds with all layers in integers, if an accuracy budget keeps some in floating
  /// point.
  public let wholeInt8: Double?
  /// The median latency in milliseconds in fp16; nil if a weight overflows.
  public let fp16: Double?
  /// The median latency in milliseconds in fp32.
  public let fp32: Double

  /// Whether integers are slower than floating point, by more than measurements vary.
  public var isSlowerThanFloatingPoint: Bool { int8 > 1.03 * min(fp16 ?? fp32, fp32) }
}

/// The plans of an int8 model and of the forms that it is compared with.
struct PrecisionComparison {
  let run: QuantizationRun
  let model: QuantizedProgram
  /// The model with all layers in integers; nil if that is the deployed one.
  let whole: QuantizedProgram?
  /// The model with one of its floating-point layers in integers too, for each of them.
  let withouts: [QuantizedProgram]

  /// Measures all plans in turns.
  ///
  /// - Returns: The latencies, and the milliseconds that each floating-point layer takes more than in integers; nil
  ///   where that is within the noise of the measurement.
  func measure() throws -> (latencies: PrecisionLatencies, costs: [Double?]) {
    let shapes = run.shapes
    let half = try? run.original.stored(in: .fp16)
    let plan = try model.plan(shapes)
    var plans = [plan, try Plan(run.original.graph, weights: run.original.weights, inputShapes: shapes)]
    if let half { plans.append(try Plan(half.graph, weights: half.weights, inputShapes: shapes, precision: .fp16)) }
    if let whole { plans.append(try whole.plan(shapes)) }
    let first = plans.count
    plans += try withouts.map { try $0.plan(shapes) }
    let measured = try InterleavedBenchmark.measure(plans, on: run.inputs)
    let times = measured.map(\.milliseconds)
    let latencies = PrecisionLatencies(
      processor: Processor.name, isa: plan.isa, inputShapes: shapes, int8: times[0],
      wholeInt8: whole == nil ? nil : times[first - 1], fp16: half == nil ? nil : times[2], fp32: times[1])
    return (
      latencies,
      measured[first...].map { abs(times[0] - $0.milliseconds) > $0.uncertainty ? times[0] - $0.milliseconds : nil }
    )
  }
}
