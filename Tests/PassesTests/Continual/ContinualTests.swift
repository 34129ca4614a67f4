import Architectures
import CPU
import IR
import ModelTestSupport
import Models
import Passes
import TestSupport
import Tensors
import Testing

/// Networks that compute each frame once: each step gives what the clip graph without padding in time gives.
@Suite struct ContinualTests {
  /// The program in original form, and as it is deployed.
  static func programs(_ example: ContinualCase) throws -> [ModelProgram] {
    let program = try ModelProgram(example.graph, weights: example.weights)
    let deployed = try Transmuter(target: .mobileCPU).passes.reduce(program) { try $1.run($0) }
    return [program, deployed]
  }

  /// Checks the valid steps on `count` frames against the definition, by interpreter and sessions.
  static func check(_ example: ContinualCase, validSteps: Int = 3, interprets: Bool = true) throws {
    for (index, program) in try programs(example).enumerated() {
      let form = try ContinualForm(program, clipShape: example.clipShape, headWindow: example.headWindow)
      let report = form.report
      let frames = example.frames(report.timing.receptiveField - 1 + validSteps)
      let expected = try UnpaddedClip(
        example.graph, weights: example.weights, clipShape: example.clipShape, headWindow: example.headWindow
      ).output(frames)
      // The definition has an output for each valid step, and none before.
      #expect(expected.keys.sorted() == (0..<validSteps).map { report.timing.warmUpSteps - report.timing.delay + $0 })
      let session = try Session(
        Plan(form.program.graph, weights: form.program.weights, inputShapes: [frames[0].shape]), threads: 2)
      let interpreter = try Interpreter(form.program.graph, weights: form.program.weights)
      var states: [String: Tensor] = [:]
      for (step, frame) in frames.enumerated() {
        let planned = try session.run(frame)[0]
        let interpreted = interprets ? try interpreter.run([frame], states: &states)[0] : planned
        guard step >= report.timing.warmUpSteps else { continue }
        let exact = try #require(expected[step - report.timing.delay])
        for found in [planned, interpreted] {
          #expect(found.shape == exact.shape)
          #expect(relativeError(found, exact) < 1e-5, "\(example.testDescription), form \(index), step \(step)")
        }
      }
    }
  }

  @Test(arguments: ContinualCase.small) func stepsGiveWhatClipsGive(_ example: ContinualCase) throws {
    try Self.check(example)
  }

  @Test func aStepOfX3DGivesWhatClipsGive() throws {
    let graph = try SmallModel.architecture.graph()
    try Self.check(
      ContinualCase("x3d", graph, weights: SmallModel.weights(), clipShape: [1, 3, 4, 32, 32]), interprets: false)
  }

  /// The whole networks, on small frames: XS, S and M are one network, L is deeper.
  @Test(.slow, arguments: ["x3d_xs", "x3d_l"]) func stepsOfWholeX3DGiveWhatClipsGive(_ name: String) throws {
    let graph = try Architecture(named: name).fitting(frameCount: 4, cropSize: 32).graph()
    let shape = [1, 3, 4, 32, 32]
    // Statistics of few elements, of which some barely vary, would enlarge rounding errors.
    let clips = RandomWeights.clips([16, 3, 4, 32, 32], seed: 1)
    let weights = try RandomWeights.make(for: graph, seed: 1, measuringOn: [clips])
    try Self.check(
      ContinualCase(name, graph, weights: weights, clipShape: shape), validSteps: 1, interprets: false)
  }

  private static let continual = NarrowNetwork.all.filter { ["slow_r50", "movinet_a0_base"].contains($0.name) }

  @Test(arguments: continual)
  func stepsOfNetworksGiveWhatClipsGive(_ network: NarrowNetwork) throws {
    try Self.check(ContinualCase(network), validSteps: 2, interprets: false)
  }

  private static let strided = NarrowNetwork.all.filter {
    ["i3d_r50", "c2d_r50", "r2plus1d_r50", "csn_r101"].contains($0.name)
  }

  @Test(arguments: strided)
  func stridesInTimeAreRefused(_ network: NarrowNetwork) throws {
    let example = try ContinualCase(network)
    for program in try Self.programs(example) {
      let error = thrown(ContinualError.self) { try ContinualForm(program, clipShape: example.clipShape) }
      guard case .refused(let refusals)? = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(!refusals.isEmpty && refusals.allSatisfy { $0.reason.contains("stride in time is 2") }, "\(refusals)")
    }
  }

  /// The same networks with a result for every frame.
  @Test(arguments: strided)
  func withoutTheirStridesNetworksGiveWhatClipsGive(_ network: NarrowNetwork) throws {
    let example = try ContinualCase(network)
    try Self.check(
      ContinualCase(
        network.name, example.graph.withoutStridesInTime(), weights: example.weights, clipShape: example.clipShape),
      validSteps: 2, interprets: false)
  }

  @Test func halvesGiveAlmostTheSame() throws {
    let example = ContinualCase.small[13]
    let program = try Self.programs(example)[1]
    let form = try ContinualForm(program, clipShape: example.clipShape)
    let frames = example.frames(form.report.timing.receptiveField + 2)
    let outputs = try [Precision.fp32, .fp16].map { precision in
      let session = try Session(
        Plan(
          form.program.graph, weights: form.program.weights, inputShapes: [frames[0].shape], precision: precision))
      return try frames.map { try session.run($0)[0] }
    }
    for (full, half) in zip(outputs[0], outputs[1]) { #expect(relativeError(half, full) < 1e-2) }
  }
}
