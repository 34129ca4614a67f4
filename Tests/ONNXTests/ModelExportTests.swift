import Interchange
import Models
import TestSupport
import Tensors
import Testing

@testable import Deployment
@testable import Graph

/// Whole networks in floating point, exported once with open lengths and run at two sizes.
@Suite(.needsONNXRuntime) struct ModelExportTests {
  private static let shapes = [[2, 3, 4, 160, 160], [3, 3, 5, 160, 176]]

  @Test(.slow, arguments: ["x3d_xs", "efficient_x3d_xs"]) func bothFormsGiveTheInterpretersLogits(_ name: String) throws
  {
    let graph = try Architecture(named: name).graph()
    let clips = Self.shapes.map { RandomWeights.clips($0, seed: 7) }
    let weights = try RandomWeights.make(for: graph, seed: 7, measuringOn: [clips[0]])
    let deployed = try Transmuter(target: .host).deploy(graph, weights: weights)
    let interpreter = try Interpreter(graph, weights: weights)
    let expected = try clips.map { try interpreter.run([$0])[0] }
    let models = [
      try ONNXModel(graph, weights: weights, name: name),
      try ONNXModel(deployed.graph, weights: deployed.weights, name: "\(name), deployable"),
    ]
    let outcomes = try ONNXRuntime.run(models.map { .init(model: $0, runs: clips.map { ["clip": $0] }) })
    for (model, outcome) in zip(models, outcomes) {
      let errors = zip(outcome.outputs, expected).map { largestError(meanRemoved($0[0]), meanRemoved($1)) }
      print("\(model.name), mean-removed logits at two sizes: largest errors \(errors)")
      #expect(errors.count == 2 && errors.allSatisfy { $0 < 1e-4 })
    }
  }

  /// Weights in 16 bits are exported as the numbers that they are.
  @Test func halvesBecomeFloats() throws {
    let graph = try SmallModel.architecture.graph()
    let half = try Transmuter(target: .host).deploy(graph, weights: SmallModel.weights(), precision: .fp16)
    let clips = RandomWeights.clips([2, 3, 4, 32, 32], seed: 3)
    let expected = try Interpreter(half.graph, weights: half.weights).run([clips])[0]
    let outcome = try ONNXRuntime.run([
      .init(model: ONNXModel(half.graph, weights: half.weights), runs: [["clip": clips]])
    ])
    #expect(largestError(outcome[0].outputs[0][0], expected) < 1e-4)
  }
}
