import Architectures
import CPU
import IR
import ModelTestSupport
import Models
import Passes
import Quantization
import TestSupport
import Tensors
import Testing

/// MoViNets that take frame after frame, as they are deployed.
@Suite struct MoViNetStreamPlanTests {
  /// A narrow network, with weights that are measured on its clips.
  private static func model() throws -> Model {
    let network = NarrowNetwork("movinet_a0_stream", frameCount: 1, side: 44)
    var options = try #require(network.architecture().configuration as? MoViNetConfiguration)
    let graph = try Architecture.moViNet(options).graph()
    options.form = .causal
    let clips = RandomWeights.clips([2, 3, 6, 44, 44], seed: 1)
    let weights = try RandomWeights.make(for: Architecture.moViNet(options).graph(), seed: 1, measuringOn: [clips])
    return Model(name: "movinet", graph: graph, weights: weights)
  }

  private static func frames(_ clip: Tensor) -> [Tensor] {
    (0..<clip.shape[2]).map { Operations.Slice(axis: 2, start: $0, end: $0 + 1).evaluate([clip])[0] }
  }

  @Test(arguments: [(Precision.fp32, 1e-5), (.fp16, 0.02)])
  func stepsGiveWhatTheOriginalGives(_ precision: Precision, tolerance: Double) throws {
    let model = try Self.model()
    let deployed = try model.deployed(for: .host, precision: precision).model
    let frames = Self.frames(RandomWeights.clips([1, 3, 5, 44, 44], seed: 2))
    let plan = try deployed.plan(inputShapes: [frames[0].shape])
    #expect(plan.kernelNames.allSatisfy { !$0.hasPrefix("reference_") }, "\(plan.kernelNames)")
    let (session, interpreter) = (try Session(plan, threads: 2), try Interpreter(model.graph, weights: model.weights))
    var states: [String: Tensor] = [:]
    for _ in 0..<2 {
      for (step, frame) in frames.enumerated() {
        let expected = try interpreter.run([frame], states: &states)[0]
        #expect(relativeError(try session.run(frame)[0], expected) < tolerance, "step \(step)")
      }
      session.reset()
      states = [:]
    }
  }

  @Test func stepsInIntegersAreCloseAndTheSameEverywhere() throws {
    let model = try Self.model()
    let clips = (0..<4).map {
      Calibration.Clip(name: "clip \($0)", inputs: [RandomWeights.clips([1, 3, 6, 44, 44], seed: 10 + $0)])
    }
    let quantized = try model.deployed(for: .host, quantizedBy: Quantizer(observer: .minMax), clips: clips)
    #expect(quantized.report.calibration.decibels > 15, "\(quantized.report.calibration)")
    let (integers, table) = (quantized.model, try #require(quantized.model.quantization))
    // Squeeze-excite computes in floating point, with all that it takes.
    #expect(quantized.report.values.allSatisfy { !$0.layer.contains(".se") })
    // Past frames are bytes, of one quantization; means and the number of frames are not.
    let names = integers.graph.states.map { integers.graph[$0.value].name }
    for name in names { #expect((table.values[name] != nil) == name.contains(".past"), "\(name)") }
    let frames = Self.frames(RandomWeights.clips([1, 3, 5, 44, 44], seed: 2))
    let interpreter = try QuantizedInterpreter(integers.graph, weights: integers.weights, table: table)
    var states: [String: Tensor] = [:]
    let expected = try frames.map { try interpreter.run([$0], states: &states)[0] }
    for isa in ISA.available {
      let session = try Session(
        Plan(
          integers.graph, weights: integers.weights, inputShapes: [frames[0].shape], quantization: table, isa: isa),
        threads: 2)
      for (step, frame) in frames.enumerated() {
        #expect(try session.run(frame)[0] == expected[step], "\(isa), step \(step)")
      }
    }
  }
}
