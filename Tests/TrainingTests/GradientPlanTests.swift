@testable import CPU
import Architectures
import TestSupport
import Tensors
import Testing

@testable import IR
@testable import Training

/// Gradients as steps of a plan, against the interpreter: sums that are made in place and that are not, and threads.
@Suite struct GradientPlanTests {
  private func generated(_ name: String, _ shape: [Int]) -> Tensor {
    let generator = CounterGenerator(seed: 13, name: name)
    return Tensor((0..<shape.reduce(1, *)).map { generator.unit($0) }, shape: shape)
  }

  /// Whether a plan of a graph gives what the interpreter does, with some numbers of threads.
  private func check(
    _ inputs: [Tensor], _ build: (inout GraphWriter, [Graph.ValueID]) throws -> [Graph.ValueID]
  ) throws {
    var writer = GraphWriter()
    let ids = inputs.enumerated().map { writer.addInput("in\($0)", ValueType($1)) }
    let outputs = try build(&writer, ids)
    let graph = try writer.finish(outputs: outputs)
    let expected = try Interpreter(graph, weights: [:]).run(inputs)
    for isa in ISA.available {
      let plan = try Plan(
        graph, weights: [:], inputShapes: inputs.map(\.shape), isa: isa, purpose: .training)
      for threads in [1, 3] {
        let found = try Session(plan, threads: threads).run(inputs)
        for (found, expected) in zip(found, expected) { #expect(relativeError(found, expected) < 1e-5, "\(isa)") }
      }
    }
  }

  private static let windows = [Window(kernel: [1, 1, 1]), Window(kernel: [1, 1, 1], stride: [1, 2, 2])]

  @Test(arguments: windows) func aPointwiseGradientWithWhatIsAdded(window: Window) throws {
    let size = [2, 5, 7]
    let outputSize = (0..<3).map { window.outputLength(size[$0], axis: $0) }
    let gradient = Operations.ConvolutionInputGradient(window: window, groups: 1, inputSize: size)
    let inputs = [
      generated("dy", [2, 17] + outputSize), generated("weight", [17, 6, 1, 1, 1]), generated("added", [2, 6] + size),
    ]
    // Alone; added to what is needed again, and to what is not.
    try check(inputs) { writer, ids in [try writer.add(gradient, Array(ids.prefix(2)))[0]] }
    for keeps in [true, false] {
      try check(inputs) { writer, ids in
        let added = try writer.add(Operations.Activation(.tanh), [ids[2]])[0]
        return [try writer.add(gradient, [ids[0], ids[1], added])[0]] + (keeps ? [added] : [])
      }
    }
  }

  @Test(arguments: [true, false]) func aBatchNormsGradientAfterAResidual(keeps: Bool) throws {
    let shape = [3, 6, 2, 3, 5]
    let channels = ["scale", "shift"].map { generated($0, [6]) }
    let inputs = [generated("x", shape)] + channels + [generated("residual", shape), generated("dy", shape)]
    try check(inputs) { writer, ids in
      let forwards = try writer.add(
        Operations.BatchNormTraining(epsilon: 1e-5, activation: .relu), Array(ids.prefix(4)))
      // A gradient that is computed, so that its memory may be written over.
      let dy = try writer.add(Operations.Activation(.tanh), [ids[4]])[0]
      let backwards = try writer.add(
        Operations.BatchNormGradient(epsilon: 1e-5, usesBatch: true, activation: .relu, hasResidual: true),
        [ids[0], dy, ids[1], forwards[1], forwards[2], forwards[0]])
      return forwards + backwards + (keeps ? [dy] : [])
    }
  }

  @Test(arguments: [true, false]) func aChannelScalesGradients(keeps: Bool) throws {
    let shape = [3, 6, 2, 3, 5]
    let pixel = [3, 6, 1, 1, 1]
    let inputs = [generated("x", shape), generated("scale", pixel), generated("dy", shape), generated("mean", pixel)]
    try check(inputs) { writer, ids in
      let dy = try writer.add(Operations.Activation(.tanh), [ids[2]])[0]
      let y = try writer.add(Operations.ChannelScale(activation: .swish), Array(ids.prefix(2)))
      let scale = try writer.add(Operations.ChannelScaleFactorGradient(activation: .swish), [ids[0], ids[1], dy])
      let x = try writer.add(
        Operations.ChannelScaleGradient(activation: .swish, factor: 0.25), [ids[0], ids[1], dy, ids[3]])
      return y + scale + x + (keeps ? [dy] : [])
    }
  }

  @Test func smallOnesOfTheHead() throws {
    let inputs = [generated("dy", [3, 20]), generated("weight", [20, 37]), generated("pooled", [3, 6, 1, 1, 1])]
    try check(inputs) { writer, ids in
      let image = try writer.add(Operations.ScaledExpand(shape: [3, 6, 2, 3, 5]), [ids[2]])[0]
      let pool = Operations.AdaptivePool(.average, outputSize: [1, 1, 1])
      return [
        try writer.add(Operations.LinearInputGradient(), [ids[0], ids[1]])[0],
        try writer.add(Operations.SumTo(shape: [20], factor: 2), [ids[0]])[0],
        try writer.add(Operations.SumTo(shape: [6, 1, 1, 1]), [ids[2]])[0],
        try writer.add(Operations.Permute([0, 2, 3, 4, 1]), [ids[2]])[0],
        try writer.add(Operations.PoolGradient(source: .adaptive(pool)), [image, ids[2]])[0],
      ]
    }
  }

  @Test func aNumberOfThreadsAlwaysGivesTheSameBits() throws {
    let graph = try NetworkTests.network("narrow")
    let shape = [2, 3, 4, 64, 64]
    let weights = RandomWeights.parameters(of: graph, seed: 3)
    let (clips, targets) = (NetworkTests.clips(shape, step: 0, seed: 3), NetworkTests.targets(2, classes: 11))
    for threads in [1, 2, 5] {
      let session = try TrainingSession(graph, inputShapes: [shape], threads: threads)
      let runs = try (0..<3).map { _ in
        try session.run([clips], targets: targets, key: RandomKey(0), parameters: weights).gradients.map {
          $0.elements(as: Float.self).map(\.bitPattern)
        }
      }
      #expect(runs[1] == runs[0] && runs[2] == runs[0], "\(threads) threads")
    }
  }
}
