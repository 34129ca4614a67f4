import IR
import CPU
import Architectures
import TestSupport
import Tensors
import Testing

@testable import Training

/// Plans of training graphs against the interpreter.
@Suite struct TrainingSessionTests {
  @Test(.slow, arguments: ISA.available) func aPlanComputesWhatTheInterpreterDoes(isa: ISA) throws {
    let graph = try NetworkTests.network("narrow")
    let shape = [2, 3, 4, 64, 64]
    let session = try TrainingSession(graph, inputShapes: [shape], threads: 2, isa: isa)
    let weights = RandomWeights.parameters(of: graph, seed: 3)
    let (clips, targets) = (NetworkTests.clips(shape, step: 0, seed: 3), NetworkTests.targets(2, classes: 11))
    let result = try session.run([clips], targets: targets, key: RandomKey(0), parameters: weights)
    let operands = [clips, targets, RandomKey(0).tensor] + session.form.parameters.compactMap { weights[$0] }
    let expected = try Interpreter(session.form.graph, weights: [:]).run(operands)
    #expect(relativeError(Tensor([result.loss], shape: [1]), expected[0]) < 1e-5)
    #expect(relativeError(result.logits, expected[1]) < 1e-4)
    let gradients = expected.suffix(result.gradients.count)
    for ((path, found), expected) in zip(zip(session.form.trained, result.gradients), gradients) {
      #expect(relativeError(found, expected) < 1e-3, "\(path)")
    }
  }

  /// Dropout draws the same numbers, batch norms have the same statistics; gradients may be added up in another order.
  @Test(arguments: [false, true]) func recomputedActivationsGiveTheSameGradients(isFrozen: Bool) throws {
    var configuration = X3DConfiguration()
    (configuration.clipLength, configuration.cropSize, configuration.classCount) = (4, 64, 11)
    let graph = try Architecture.x3d(configuration).graph()
    let shape = [2, 3, 4, 64, 64]
    let weights = RandomWeights.parameters(of: graph, seed: 3)
    let (clips, targets) = (NetworkTests.clips(shape, step: 0, seed: 3), NetworkTests.targets(2, classes: 11))
    var options = TrainingGraph.Options()
    if isFrozen { options.isFrozen = { $0.hasPrefix("blocks.0") || $0.hasPrefix("blocks.1") } }
    let kept = try TrainingSession(graph, inputShapes: [shape], options: options, threads: 2)
    options.recomputesActivations = true
    let again = try TrainingSession(graph, inputShapes: [shape], options: options, threads: 2)
    let run = { try ($0 as TrainingSession).run([clips], targets: targets, key: RandomKey(7), parameters: weights) }
    let (expected, found) = (try run(kept), try run(again))
    #expect(found.loss == expected.loss && found.logits == expected.logits)
    for (path, (found, expected)) in zip(kept.form.trained, zip(found.gradients, expected.gradients)) {
      #expect(relativeError(found, expected) < 1e-5, "\(path)")
    }
    #expect(zip(found.statistics, expected.statistics).allSatisfy { $0.mean == $1.mean && $0.variance == $1.variance })
    #expect(again.form.trained == kept.form.trained)
    #expect(Double(again.arenaBytes) < (isFrozen ? 1 : 0.75) * Double(kept.arenaBytes))
  }

  @Test(arguments: [("x3d_xs", [8, 3, 4, 160, 160]), ("x3d_m", [8, 3, 16, 224, 224])])
  func recomputingSavesMemory(_ name: String, _ shape: [Int]) throws {
    let graph = try Architecture(named: name).graph()
    let bytes = try [false, true].map { recomputes in
      var options = TrainingGraph.Options()
      options.recomputesActivations = recomputes
      return try TrainingSession(graph, inputShapes: [shape], options: options).plan.arenaBytes
    }
    print("\(name), 8 clips: \(bytes[0] >> 20) MB, with activations computed twice \(bytes[1] >> 20) MB")
    #expect(bytes[1] * 3 < bytes[0])
  }
}
