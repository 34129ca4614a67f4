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

/// Models in integers that compute each frame once.
@Suite struct ContinualPlanTests {
  /// Returns a network in integers, calibrated on some of its clips.
  private func quantized(_ graph: Graph, _ weights: [String: Tensor], clipShape: [Int]) throws -> Model {
    let clips = (0..<3).map { RandomWeights.clips(clipShape, seed: $0) }
    return try Model(name: "test", graph: graph, weights: weights).deployed(
      for: .host, quantizedBy: Quantizer(observer: .minMax),
      clips: clips.enumerated().map { Calibration.Clip(name: "clip \($0)", inputs: [$1]) }
    ).model
  }

  /// Returns the frames of a clip.
  private func frames(_ clip: Tensor) -> [Tensor] {
    (0..<clip.shape[2]).map { Operations.Slice(axis: 2, start: $0, end: $0 + 1).evaluate([clip])[0] }
  }

  /// Checks that sessions give what the interpreter gives, to the last bit, on all instruction sets.
  private func check(_ continual: Model, _ frames: [Tensor]) throws -> [Tensor] {
    let table = try #require(continual.quantization)
    let interpreter = try QuantizedInterpreter(continual.graph, weights: continual.weights, table: table)
    var states: [String: Tensor] = [:]
    let expected = try frames.map { try interpreter.run([$0], states: &states)[0] }
    for isa in ISA.available {
      let plan = try Plan(
        continual.graph, weights: continual.weights, inputShapes: [frames[0].shape], quantization: table, isa: isa)
      let session = try Session(plan, threads: 2)
      for (step, frame) in frames.enumerated() {
        #expect(try session.run(frame)[0] == expected[step], "\(isa), step \(step)")
      }
      #expect(session.saveState() == states)
      // Another session goes on from there.
      let second = try Session(plan)
      try second.restoreState(states)
      #expect(try second.run(frames[0]) == session.run(frames[0]))
    }
    return expected
  }

  /// Without padding in time, a clip graph gives what its last step gives.
  @Test func aStepInIntegersGivesTheBytesOfAClip() throws {
    let graph = Graph.build(input: .clip(channels: 4)) { x in
      func convolution(_ x: SymbolicTensor, _ name: String, _ kernel: [Int], dilation: Int = 1) -> SymbolicTensor {
        let window = Window(
          kernel: kernel, padding: [0, kernel[1] / 2, kernel[2] / 2], dilation: [dilation, 1, 1])
        return x.applying(
          Operations.Convolution(window: window), x.builder.parameter("\(name).weight", shape: [4, 4] + kernel))
      }
      let y = convolution(x, "a", [3, 3, 3]).applying(Operations.Activation(.relu))
      let z = convolution(y, "b", [2, 1, 1], dilation: 2).applying(Operations.Activation(.relu))
      let pooled = z.applying(Operations.Pool(.maximum, window: Window(kernel: [3, 1, 1])))
      return convolution(pooled.mean(axes: [2, 3, 4], keepsAxes: true), "c", [1, 1, 1])
    }
    let shape = [2, 4, 9, 6, 5]
    let weights = try RandomWeights.make(for: graph, seed: 3, measuringOn: [RandomWeights.clips(shape, seed: 2)])
    let model = try quantized(graph, weights, clipShape: shape)
    let continual = try model.continual(clipShape: shape)
    #expect(continual.report.timing.receptiveField == 9)
    let clip = RandomWeights.clips(shape, seed: 7)
    let steps = try check(continual.model, frames(clip))
    let table = try #require(model.quantization)
    #expect(try steps.last == QuantizedInterpreter(model.graph, weights: model.weights, table: table).run([clip])[0])
  }

  @Test func stepsOfX3DInIntegersAreTheSameEverywhere() throws {
    let (graph, shape) = (try SmallModel.architecture.graph(), [1, 3, 4, 32, 32])
    let weights = try SmallModel.weights()
    let continual = try quantized(graph, weights, clipShape: shape).continual(clipShape: shape)
    let clip = frames(RandomWeights.clips([1, 3, continual.report.timing.receptiveField, 32, 32], seed: 7))
    let steps = try check(continual.model, clip)
    #expect(steps.allSatisfy { $0.shape == steps[0].shape } && steps.last != steps.first)
  }

  @Test func stepsOfResNetInIntegersAreTheSameEverywhere() throws {
    let network = NarrowNetwork("slow_r50", frameCount: 2)
    let shape = try network.inputs(count: 1)[0].shape
    let model = try quantized(network.architecture().graph(), network.weights(), clipShape: shape)
    let continual = try model.continual(headWindow: 3, clipShape: shape)
    _ = try check(
      continual.model, frames(RandomWeights.clips([1, 3, 5] + shape[3...], seed: 7)))
  }
}
