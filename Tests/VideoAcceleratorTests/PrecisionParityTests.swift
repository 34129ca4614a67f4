import CPU
import Models
import Foundation
import TestSupport
import Testing
import VideoAccelerator

@testable import IR

/// Whole networks in fp16 against PyTorchVideo's float32, and stage by stage against our own.
@Suite struct PrecisionParityTests {
  static let cases = ((try? Fixture("models/models.json"))?.cases ?? []).filter {
    ["x3d_xs 4x160", "x3d_s 13x160", "efficient_x3d_xs 4x160"].contains($0.name)
  }

  @Test func fixturesAreThere() { #expect(Self.cases.count == 3) }

  @Test(.slow, arguments: cases) func fp16StaysWithinTwoPercent(_ example: FixtureCase) throws {
    let graph = try Architecture(named: example.field.required("builder").string()).graph()
    let seed = try example.seed()
    let clips = RandomWeights.clips(try example.field.required("shape").ints(), seed: seed)
    let weights = try RandomWeights.make(for: graph, seed: seed, measuringOn: [clips])
    func run(_ precision: Precision) throws -> (stages: [String], results: [Tensor]) {
      let deployed = try Transmuter(target: .host).deploy(
        Model(name: "test", graph: graph, weights: weights), precision: precision)
      let (stages, exposed) = deployed.model.graph.exposingStages()
      let plan = try Plan(
        exposed, weights: deployed.model.weights, inputShapes: [clips.shape], precision: precision)
      return (stages, try Session(plan, threads: 2).run(clips))
    }
    let (float, half) = (try run(.fp32), try run(.fp16))
    let ratios = zip(float.stages, zip(half.results, float.results)).map { stage, pair in
      (stage, -20 * log10(relativeError(meanRemoved(pair.0), meanRemoved(pair.1))))
    }
    let error = relativeError(meanRemoved(half.results[0]), meanRemoved(try example.output()))
    print(
      "\(example.name) in fp16, error of logits \(String(format: "%.2f", 100 * error)) %; SQNR"
        + ratios.map { " \($0) \(String(format: "%.0f", $1)) dB" }.joined(separator: ","))
    #expect(error < 0.02)
    #expect(ratios.count >= 6 && ratios.allSatisfy { $0.1 > 34 })
  }
}

extension Graph {
  /// The graph with the results of the stem and of each stage behind its own result.
  fileprivate func exposingStages() -> (stages: [String], graph: Graph) {
    var last: [(stage: String, value: ValueID)] = [("logits", outputs[0])]
    for node in nodes {
      guard node.results.count == 1, type(node.results[0]).rank == 5 else { continue }
      let stage = node.scope.split(separator: ".").prefix(node.scope.hasPrefix("blocks.") ? 2 : 1)
        .joined(separator: ".")
      last.removeAll { $0.stage == stage }
      last.append((stage, node.results[0]))
    }
    var graph = self
    graph.outputs = last.map(\.value)
    return (last.map(\.stage), graph)
  }
}
