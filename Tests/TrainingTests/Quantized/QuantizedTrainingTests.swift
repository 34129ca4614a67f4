import ModelTestSupport
import Models
import Passes
import Quantization
import Foundation
import IR
import CPU
import Architectures
import TestSupport
import Tensors
import Testing

@testable import Training

/// Training of networks in integers.
@Suite struct QuantizedTrainingTests {
  /// Clips of five classes: which of the three channels are bright, among noise.
  final class Source: BatchSource {
    let stepsPerEpoch = 8
    static let shape = [1, 3, 4, 32, 32]

    func batches(ofEpoch epoch: Int, from step: Int) throws -> () throws -> Batch? {
      var next = step
      return { [self] in
        guard next < stepsPerEpoch else { return nil }
        defer { next += 1 }
        return Self.batch("batch \(epoch) \(next)", count: 8)
      }
    }

    static func batch(_ name: String, count: Int) -> Batch {
      let bright = [[0], [1], [2], [], [0, 1, 2]]
      let labels = (0..<count).map { ($0 * 7 + name.count) % 5 }
      let clips = labels.enumerated().map { number, label -> Tensor in
        let generator = CounterGenerator(seed: 4, name: "\(name) \(number)")
        let values = (0..<shape.reduce(1, *)).map { index in
          generator.unit(index) + (bright[label].contains(index / 4096) ? 0.4 : 0)
        }
        return Tensor(values, shape: shape)
      }
      return Batch(clips: clips, labels: labels, indices: Array(0..<count), classCount: 5)
    }
  }

  static func settings(epochs: Int, rate: Double) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.epochs = epochs
    settings.learningRate = LearningRate(peak: rate)
    settings.labelSmoothing = 0
    settings.threads = 2
    return settings
  }

  /// A small X3D that has learned something, and in which neighbouring channels before depthwise convolutions are of sizes that
  /// differ by a factor of 200: it computes what it learned, but bytes with one scale hold that badly.
  static let trained = Result { () throws -> (graph: Graph, weights: [String: Tensor]) in
    let graph = try SmallModel.architecture.graph()
    let trainer = try Trainer(
      graph, weights: RandomWeights.parameters(of: graph, seed: 1), settings: settings(epochs: 6, rate: 0.01),
      source: Source())
    _ = try trainer.run()
    var weights = trainer.evaluatedWeights
    func scale(_ path: String, by factor: Float) {
      weights[path] = weights[path].map { tensor in
        let columns = tensor.count / tensor.shape[0]
        return Tensor(
          tensor.elements(as: Float.self).enumerated().map { $0 / columns % 4 == 0 ? $1 * factor : $1 },
          shape: tensor.shape)
      }
    }
    for path in weights.keys.sorted() where path.hasSuffix("norm_a.weight") {
      let layer = String(path.dropLast("norm_a.weight".count))
      scale("\(layer)norm_a.weight", by: 200)
      scale("\(layer)norm_a.bias", by: 200)
      scale("\(layer)conv_b.weight", by: 1 / 200)
    }
    return (graph, weights)
  }

  /// Quantized in the plainest way.
  static let deployed = Result { try deployed(trained.get().weights) }

  static func deployed(_ weights: [String: Tensor]) throws -> QuantizedModel {
    try Transmuter(target: .host).deploy(
      Model(name: "test", graph: trained.get().graph, weights: weights),
      quantizedBy: Quantizer(observer: .minMax, equalizes: false, correctsBias: false),
      calibration: Calibration(clips: Source.batch("calibration", count: 16).clips))
  }

  /// The mean loss of a plan on clips that nothing was learned from.
  static func loss(_ plan: (Tensor) throws -> Plan) throws -> Double {
    let batch = Source.batch("validation", count: 64)
    let logits = try Session(plan(batch.clips)).run(batch.clips)[0]
    return Double(Operations.CrossEntropy().evaluate([logits, batch.targets])[0].elements(as: Float.self)[0])
  }

  /// The loss of the file that weights become; those that it was quantized with if none are given.
  static func loss(_ deployed: QuantizedModel, _ weights: [String: Tensor]? = nil) throws -> Double {
    let table = try #require(deployed.model.quantization)
    let integers = try weights.map { try table.integerWeights($0, for: deployed.model.graph) } ?? deployed.model.weights
    return try loss { clips in
      try Plan(
        deployed.model.graph, weights: integers, inputShapes: [clips.shape], precision: .int8, quantization: table)
    }
  }

  @Test(.slow) func trainingMakesUpForWhatRoundingCosts() throws {
    let deployed = try Self.deployed.get()
    let table = try #require(deployed.model.quantization)
    let first = try deployed.weightsToTrain()
    let reals = try Self.loss {
      try Plan(deployed.model.graph, weights: deployed.deployed.program.weights, inputShapes: [$0.shape])
    }
    let before = try Self.loss(deployed)
    let settings = Self.settings(epochs: 3, rate: 1e-3)
    let trainer = try Trainer(
      table.trainingForm(of: deployed.model.graph, weights: first), weights: first, settings: settings, source: Source()
    )
    _ = try trainer.run()
    let after = try Self.loss(deployed, trainer.evaluatedWeights)
    // As many steps in floating point, and rounded after.
    let (graph, weights) = try Self.trained.get()
    let other = try Trainer(graph, weights: weights, settings: settings, source: Source())
    _ = try other.run()
    let rounded = try Self.loss(Self.deployed(other.evaluatedWeights))
    print("loss in fp32 \(reals), in int8 \(before), trained in int8 \(after), trained in fp32 and rounded \(rounded)")
    #expect(reals < 0.9 * before && after < 0.9 * before && after < 0.9 * rounded)
  }

  @Test func aRunThatIsResumedEndsAsOneThatIsNot() throws {
    let deployed = try Self.deployed.get()
    let table = try #require(deployed.model.quantization)
    let weights = try deployed.weightsToTrain()
    let form = try table.trainingForm(of: deployed.model.graph, weights: weights)
    let settings = Self.settings(epochs: 2, rate: 1e-4)
    try withTemporaryFile("checkpoint.safetensors") { path in
      let whole = try Trainer(form, weights: weights, settings: settings, source: Source())
      _ = try whole.run()
      let first = try Trainer(form, weights: weights, settings: settings, source: Source(), checkpoint: path)
      var hooks = Trainer.Hooks()
      hooks.shouldStop = { [unowned first] in first.step >= 5 }
      #expect(try first.run(hooks) == .interrupted)
      let second = try Trainer(
        form, weights: table.floatWeights(deployed.model.weights, for: deployed.model.graph), settings: settings,
        source: Source(), checkpoint: path, resumes: true)
      #expect(try second.run() == .finished)
      #expect(second.weights == whole.weights)
    }
  }
}
