import CPU
import Architectures
import TestSupport
import Tensors
import Testing

@testable import IR
@testable import Training

/// Gradients of operations that exist in training alone, and of whole graphs, against central differences.
@Suite struct DifferenceTests {
  /// The loss's gradient for an input, against (loss(x + h) − loss(x − h)) / 2h at some elements.
  private func check(
    _ inputs: [Tensor], for wanted: Int, step: Float = 1e-2, tolerance: Double = 2e-3,
    _ build: (inout GraphWriter, [Graph.ValueID]) throws -> Graph.ValueID
  ) throws {
    var writer = GraphWriter()
    let ids = inputs.enumerated().map { writer.addInput("in\($0)", ValueType($1)) }
    let loss = try build(&writer, ids)
    let gradient = try #require(try Differentiation.gradients(of: loss, for: [ids[wanted]], &writer)[0])
    let interpreter = try Interpreter(writer.finish(outputs: [loss, gradient]), weights: [:])
    let found: [Float] = try interpreter.run(inputs)[1].elements()
    let x: [Float] = inputs[wanted].elements()
    for index in stride(from: 0, to: x.count, by: max(x.count / 12, 1)) {
      let losses = try [step, -step].map { change -> Double in
        var moved = x
        moved[index] += change
        var all = inputs
        all[wanted] = Tensor(moved, shape: inputs[wanted].shape)
        return Double(try interpreter.run(all)[0].elements(as: Float.self)[0])
      }
      let expected = (losses[0] - losses[1]) / Double(2 * step)
      #expect(abs(Double(found[index]) - expected) < tolerance, "element \(index)")
    }
  }

  private func generated(_ name: String, _ shape: [Int]) -> Tensor {
    let generator = CounterGenerator(seed: 5, name: name)
    return Tensor((0..<shape.reduce(1, *)).map { generator.unit($0) }, shape: shape)
  }

  @Test func crossEntropyAgainstSoftTargets() throws {
    let targets = Reference.softmax(generated("targets", [3, 5]), axis: 1)
    try check([generated("logits", [3, 5]), targets], for: 0) { writer, ids in
      try writer.add(Operations.CrossEntropy(), ids)[0]
    }
  }

  @Test func crossEntropyStaysFiniteForLargeLogits() throws {
    let logits = Tensor([900, -900, 0, 0, 500, -500] as [Float], shape: [2, 3])
    let targets = Tensor([0, 1, 0, 0.5, 0.5, 0] as [Float], shape: [2, 3])
    let loss = Operations.CrossEntropy().evaluate([logits, targets])[0].elements(as: Float.self)[0]
    #expect(loss == 1025)
    let gradient = Operations.CrossEntropyGradient().evaluate([logits, targets, Tensor([1] as [Float], shape: [1])])
    #expect(gradient[0].elements(as: Float.self) == [0.5, -0.5, 0, -0.25, 0.25, 0])
  }

  @Test func dropoutDropsTheSameElementsInItsGradient() throws {
    let x = generated("x", [40, 50])
    let dropout = Operations.RandomDropout(rate: 0.25, number: 1)
    let key = RandomKey(7).tensor
    let values: [Float] = dropout.evaluate([x, key])[0].elements()
    let ones = Tensor([Float](repeating: 1, count: 2000), shape: [40, 50])
    let gradient: [Float] = dropout.evaluate([ones, key])[0].elements()
    let source: [Float] = x.elements()
    for index in values.indices { #expect(abs(values[index] - gradient[index] * source[index]) < 1e-6) }
    let dropped = gradient.count { $0 == 0 }
    #expect((400...600).contains(dropped) && gradient.allSatisfy { $0 == 0 || abs($0 - 4 / 3) < 1e-6 })
    // Another key, and another dropout of the network, drop others.
    #expect(dropout.evaluate([ones, RandomKey(8).tensor])[0].elements(as: Float.self) != gradient)
    let other = Operations.RandomDropout(rate: 0.25, number: 2)
    #expect(other.evaluate([ones, key])[0].elements(as: Float.self) != gradient)
    #expect(RandomKey(RandomKey(0xFEDC_BA98_7654_3210).tensor).bits == 0xFEDC_BA98_7654_3210)
  }

  @Test func aValueThatIsUsedOftenAddsUpItsGradients() throws {
    let inputs = [generated("x", [2, 3, 4]), generated("b", [3, 1])]
    for wanted in 0..<2 {
      try check(inputs, for: wanted) { writer, ids in
        let y = try writer.add(Operations.Binary(.multiply), [ids[0], ids[1]])[0]
        let z = try writer.add(Operations.Binary(.multiply), [y, ids[0]])[0]
        let both = try writer.add(Operations.Concat(axis: 2), [z, y, ids[0]])[0]
        let mean = try writer.add(Operations.Mean(axes: [0, 1, 2]), [both])[0]
        return try writer.add(Operations.Reshape([1]), [mean])[0]
      }
    }
  }

  @Test func aValueThatTheLossDoesNotDependOnHasNoGradient() throws {
    var writer = GraphWriter()
    let (x, other) = (writer.addInput("x", ValueType([1])), writer.addInput("other", ValueType([1])))
    let loss = try writer.add(Operations.Activation(.swish), [x])[0]
    let gradients = try Differentiation.gradients(of: loss, for: [other, x], &writer)
    #expect(gradients[0] == nil && gradients[1] != nil)
  }

  @Test func efficientOperationsAreRefusedByName() throws {
    var writer = GraphWriter()
    let x = writer.addInput("x", ValueType([1, 2, 1, 1, 1]))
    let (weight, bias) = (writer.addInput("w", ValueType([1, 2])), writer.addInput("b", ValueType([1])))
    writer.scope = "blocks.1"
    let y = try writer.add(Operations.Pointwise(stride: [1, 1, 1]), [x, weight, bias])[0]
    let loss = try writer.add(Operations.Reshape([1]), [y])[0]
    let error = try #require(
      thrown(TrainingError.self) { try Differentiation.gradients(of: loss, for: [weight], &writer) })
    #expect("\(error)".contains("pointwise in blocks.1"))
  }
}
