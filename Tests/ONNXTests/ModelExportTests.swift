import ModelTestSupport
import Models
@testable import Passes
import Architectures
import TestSupport
import Tensors
import Testing

@testable import IR
@testable import Formats

/// Whole networks in floating point, exported once with open lengths and run at two sizes.
@Suite(.needsONNXRuntime) struct ModelExportTests {
  private static let shapes = [[2, 3, 4, 160, 160], [3, 3, 5, 160, 176]]

  @Test(.slow, arguments: ["x3d_xs", "efficient_x3d_xs"]) func bothFormsGiveTheInterpretersLogits(_ name: String) throws
  {
    let graph = try Architecture(named: name).graph()
    let clips = Self.shapes.map { RandomWeights.clips($0, seed: 7) }
    let weights = try RandomWeights.make(for: graph, seed: 7, measuringOn: [clips[0]])
    let deployed = try Transmuter(target: .host).deploy(Model(name: "test", graph: graph, weights: weights))
    let interpreter = try Interpreter(graph, weights: weights)
    let expected = try clips.map { try interpreter.run([$0])[0] }
    let models = [
      try ONNXModel(graph, weights: weights, name: name),
      try ONNXModel(deployed.model.graph, weights: deployed.model.weights, name: "\(name), deployable"),
    ]
    let outcomes = try ONNXRuntime.run(models.map { .init(model: $0, runs: clips.map { ["clip": $0] }) })
    for (model, outcome) in zip(models, outcomes) {
      let errors = zip(outcome.outputs, expected).map { largestError(meanRemoved($0[0]), meanRemoved($1)) }
      print("\(model.name), mean-removed logits at two sizes: largest errors \(errors)")
      #expect(errors.count == 2 && errors.allSatisfy { $0 < 1e-4 })
    }
  }

  /// A model in fp16 is float16 between its inputs and outputs, or the numbers that these stand for in fp32.
  @Test func halvesStayHalvesUnlessFloatsAreAskedFor() throws {
    let graph = try SmallModel.architecture.graph()
    let half = try Transmuter(target: .host).deploy(
      Model(name: "test", graph: graph, weights: SmallModel.weights()), precision: .fp16)
    let clips = RandomWeights.clips([2, 3, 4, 32, 32], seed: 3)
    let expected = try Interpreter(half.model.graph, weights: half.model.weights).run([clips])[0]
    let models = try [Precision.fp16, .fp32].map {
      try ONNXModel(half.model.graph, weights: half.model.weights, precision: $0)
    }
    #expect(models.map(\.precision) == [.fp16, .fp32])
    for (model, type) in zip(models, [ONNXTensorProto.DataType.float16, .float]) {
      let graph = model.proto.graph
      #expect(Set(graph.initializer.map(\.dataType)).subtracting([.int64]) == [type])
      #expect((graph.input + graph.output).allSatisfy { $0.type.tensorType.elemType == .float })
    }
    let outcomes = try ONNXRuntime.run(models.map { .init(model: $0, runs: [["clip": clips]]) })
    for (outcome, limit) in zip(outcomes, [2e-2, 1e-4] as [Float]) {
      #expect(largestError(outcome.outputs[0][0], expected) < limit)
    }
  }
}
