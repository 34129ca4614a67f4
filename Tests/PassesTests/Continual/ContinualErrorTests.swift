import IR
import ModelTestSupport
import Models
import Passes
import Preprocessing
import TestSupport
import Tensors
import Testing

/// Networks that cannot be computed frame by frame, and what a continual form says of itself.
@Suite struct ContinualErrorTests {
  /// A network with the reason why it is refused.
  struct Refused: Sendable, CustomTestStringConvertible {
    let reason: String
    let body: @Sendable (SymbolicTensor) -> SymbolicTensor

    init(_ reason: String, _ body: @escaping @Sendable (SymbolicTensor) -> SymbolicTensor) {
      self.reason = reason
      self.body = body
    }

    var testDescription: String { reason }
  }

  static let refused: [Refused] = [
    Refused("its stride in time is 2") { x in
      x.applying(Operations.Pool(.maximum, window: Window(kernel: [2, 1, 1], stride: [2, 1, 1])))
    },
    Refused("statistics of the whole clip") { x in
      let scale = x.builder.parameter("scale", shape: [4])
      return x.applying(Operations.GroupNorm(groups: 2, epsilon: 1e-5), scale, scale)
    },
    Refused("works along the axis of frames") { $0.applying(Operations.Softmax(axis: 2)) },
    Refused("multiplies frames with frames") { x in
      let rows = x.mean(axes: [3, 4])
      return rows.applying(Operations.MatMul(), rows.permuted(0, 2, 1))
    },
    Refused("joins the frames with other axes") { $0.applying(Operations.Reshape([0, -1])) },
    Refused("pools 5 frames to 2") { $0.applying(Operations.AdaptivePool(.average, outputSize: [2, 1, 1])) },
    Refused("selects one frame") { $0.applying(Operations.Slice(axis: 2, start: 2, end: 3)) },
    Refused("with a step of -1") { $0.applying(Operations.Slice(axis: 2, start: -1, end: -6, step: -1)) },
    Refused("no rule for computing it") { $0.applying(Operations.CumulativeSum(axis: 2)) },
    Refused("how many frames a clip has") { x in
      x + x.builder.constant(Tensor([1, 2, 3, 4, 5] as [Float], shape: [1, 1, 5, 1, 1]))
    },
  ]

  @Test(arguments: refused) func whatMixesFramesIsRefused(_ example: Refused) throws {
    let network = ContinualCase("refused", example.body)
    let program = try ModelProgram(network.graph, weights: network.weights)
    let error = thrown(ContinualError.self) { try ContinualForm(program, clipShape: network.clipShape) }
    #expect(error?.description.contains(example.reason) == true, "\(String(describing: error))")
  }

  /// What a network leaves out or pads in time by itself is no delay of its results, which other indices then have.
  @Test(arguments: [(1, 0), (3, 0), (0, 1), (0, 4)]) func framesThatAreLeftOutOrPaddedOnlyMoveOthers(
    _ left: Int, _ padded: Int
  ) throws {
    let network = ContinualCase("moved") { x in
      let part = x.applying(Operations.Slice(axis: 2, start: left, end: 5))
      let whole = part.applying(Operations.Pad(before: [0, 0, padded, 0, 0], after: [0, 0, 0, 0, 0]))
      return ContinualCase.relu(whole)
    }
    let program = try ModelProgram(network.graph, weights: network.weights)
    let timing = try ContinualForm(program, clipShape: network.clipShape).report.timing
    #expect(timing == StepTiming(receptiveField: 1, delay: left - padded))
  }

  @Test func allRefusalsAreNamed() throws {
    let network = ContinualCase("two refusals") { x in
      let pooled = x.builder.scoped("pool") {
        x.applying(Operations.Pool(.maximum, window: Window(kernel: [2, 1, 1], stride: [2, 1, 1])))
      }
      return x.builder.scoped("scores") { ContinualCase.relu(pooled).applying(Operations.Softmax(axis: 2)) }
    }
    let program = try ModelProgram(network.graph, weights: [:])
    let error = thrown(ContinualError.self) { try ContinualForm(program, clipShape: network.clipShape) }
    guard case .refused(let refusals)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(refusals.map(\.operation) == ["pool", "softmax"] && refusals.map(\.scope) == ["pool", "scores"])
  }

  @Test func otherInputsAndWindowsAreRefused() throws {
    let network = ContinualCase.small[0]
    let program = try ModelProgram(network.graph, weights: network.weights)
    func error(_ program: ModelProgram, _ shape: [Int], _ window: Int?) -> ContinualError? {
      thrown(ContinualError.self) { try ContinualForm(program, clipShape: shape, headWindow: window) }
    }
    #expect(error(program, [1, 4, 5, 6], nil) == .noClip(input: "clip", shape: [1, 4, 5, 6]))
    #expect(error(program, network.clipShape, 0) == .headWindow(0))
    #expect(error(program, network.clipShape, 3) == .noHead)
    let two = Graph.build(inputs: [.clip(channels: 2), GraphInput(name: "b", type: ValueType(["N"]))]) { [$0[0]] }
    #expect(error(try ModelProgram(two, weights: [:]), [1, 2, 3, 4, 5], nil) == .inputCount(2))
    let steps = try ContinualForm(program, clipShape: network.clipShape).program
    #expect(error(steps, network.clipShape, nil) == .hasStates)
  }

  @Test func aReportCountsFramesAndCosts() throws {
    let network = ContinualCase("report") { x in
      let y = x + ContinualCase.convolution(x, "a", [3, 1, 1])
      return ContinualCase.convolution(y, "b", [3, 3, 3], dilation: 2).mean(axes: [2, 3, 4])
    }
    let form = try ContinualForm(
      ModelProgram(network.graph, weights: network.weights), clipShape: network.clipShape, headWindow: 7)
    let report = form.report
    #expect(
      report.timing.receptiveField == 1 + 2 + 4 + 6 && report.timing.warmUpSteps == 12 && report.timing.delay == 1 + 2)
    #expect(report.clipLength == 5 && report.clipMultiplyAdds == 5 * report.stepMultiplyAdds)
    // Two frames of x, of which the residual takes one; four of y; six means.
    #expect(report.stateBytes == 4 * (4 * 30 * (2 + 4) + 4 * 6))
    #expect(form.program.graph.states.count == 2 + 4 + 6)
  }

  @Test func aModelKeepsItsRecipeAndLabels() throws {
    let graph = try SmallModel.architecture.graph()
    let model = Model(
      name: "small", graph: graph, weights: try SmallModel.weights(),
      recipe: try ClipRecipe(frameCount: 4, samplingRate: 2, shortSide: 36, cropSize: 32), labels: SmallModel.labels)
    let continual = try model.deployed(for: .mobileCPU, precision: .fp16).model.continual(headWindow: 6)
    try continual.model.check()
    #expect(continual.model.recipe?.frameCount == 1 && continual.model.labels == SmallModel.labels)
    #expect(continual.model.form == .deployable(target: "mobile_cpu", precision: .fp16))
    let own = try model.continual().report.timing.receptiveField
    #expect(continual.report.timing.receptiveField == own + 2)
    var unknown = model
    unknown.recipes = [:]
    #expect(thrown(ContinualError.self) { try unknown.continual() } == .unknownClipShape(model: "small"))
  }
}
