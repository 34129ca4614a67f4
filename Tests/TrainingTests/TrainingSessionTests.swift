import Graph
import Kernels
import Models
import TestSupport
import Tensors
import Testing

@testable import Training

/// Plans of training graphs against the interpreter.
@Suite struct TrainingSessionTests {
  @Test(arguments: ISA.available) func aPlanComputesWhatTheInterpreterDoes(isa: ISA) throws {
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
}
