import IR
import CPU
import Architectures
import TestSupport
import Tensors
import Testing

@testable import Training

/// Rounding and its gradient against PyTorch's fake quantization, and the gradients of what goes with it.
@Suite struct FakeQuantizeTests {
  static let fixture = (try? Fixture("training/fake_quantize.json"))?.cases ?? []

  @Test func thereAreCases() { #expect(Self.fixture.count == 6) }

  @Test(arguments: fixture) func agreesWithPyTorch(_ example: FixtureCase) throws {
    let shape = try example.field.required("shape").ints()
    let size = Float(try example.field.required("size").double())
    let seed = try example.seed()
    let x = generated("x", shape, seed: seed, scale: size)
    let dy = generated("dy", shape, seed: seed, scale: 1)
    let (result, gradient) = try resultAndGradient(x, dy) { writer, id in
      guard let scale = try example.field.optional("scale") else {
        return try writer.add(Operations.FakeQuantize(), [id])[0]
      }
      let (step, zero) = (Float(try scale.double()), try example.field.required("zero_point").int())
      let range = try example.field.required("range").ints()
      let steps = Operations.Requantize.Steps(scale: step, lowest: range[0] - zero, highest: range[1] - zero)
      let whole = try writer.add(Operations.Requantize(result: steps), [id])[0]
      return try writer.add(Operations.Requantize(inputScale: step), [whole])[0]
    }
    let expected = try example.field.required("result").doubles().map { Float($0) }
    let expectedGradient = try example.field.required("gradient").doubles().map { Float($0) }
    let step = try example.field.optional("scale").map { Float(try $0.double()) } ?? 0
    for (index, (found, value)) in zip(result, expected).enumerated() {
      if abs(found - value) <= 1e-6 * abs(value) { continue }
      // PyTorch rounds the number of steps to a float first: next to the middle between two steps that can be another one.
      let steps = Double(x.elements(as: Float.self)[index]) / Double(step)
      #expect(abs(found - value) < 1.01 * step && abs(abs(steps - steps.rounded()) - 0.5) < 1e-7 * abs(steps))
    }
    for (found, value) in zip(gradient, expectedGradient) { #expect(abs(found - value) <= 1e-6 * abs(value)) }
    #expect(result.count == expected.count && gradient.count == expectedGradient.count)
  }

  /// A layer's whole numbers are its fake quantized weights in steps, and give them the gradients of these.
  @Test(arguments: fixture) func aRoundedLayerIsTheFakeQuantisedOne(_ example: FixtureCase) throws {
    guard try example.field.optional("scale") == nil else { return }
    let shape = try example.field.required("shape").ints()
    let seed = try example.seed()
    let x = generated("x", shape, seed: seed, scale: Float(try example.field.required("size").double()))
    let layer = Operations.RoundLayer(inputScale: 0.5)
    let bias = generated("bias", [shape[0]], seed: seed, scale: 3)
    let parts = layer.evaluate([x, bias])
    let (steps, scales, biasSteps): ([Float], [Float], [Float]) = (
      parts[0].elements(), parts[1].elements(), parts[2].elements()
    )
    let expected = try example.field.required("result").doubles()
    let columns = steps.count / scales.count
    for index in steps.indices {
      let value = Double(steps[index] * scales[index / columns])
      #expect(abs(value - expected[index]) <= 1e-6 * abs(expected[index]))
    }
    for (row, value) in bias.elements(as: Float.self).enumerated() {
      let unit = 0.5 * scales[row]
      #expect(abs(biasSteps[row] * unit - value) <= 0.5001 * unit)
    }
    // With the gradient that a product with the scale gives to whole numbers, weights get that of the product.
    let dy = generated("dy", shape, seed: seed, scale: 1)
    let scaled: [Float] = dy.elements().enumerated().map { $1 * scales[$0 / columns] }
    let (_, gradient) = try resultAndGradient(x, Tensor(scaled, shape: shape)) { writer, id in
      try writer.add(layer, [id])[0]
    }
    for (found, value) in zip(gradient, dy.elements(as: Float.self)) { #expect(abs(found - value) <= 1e-6) }
  }

  /// Squeeze-excite's own rule, against central differences of its formula.
  @Test func squeezeExciteHasTheGradientOfItsFormula() throws {
    let inputs = [
      generated("mean", [2, 6, 1, 1, 1], seed: 3, scale: 1), generated("w1", [4, 6], seed: 3, scale: 1),
      generated("b1", [4], seed: 3, scale: 0.5), generated("w2", [5, 4], seed: 3, scale: 1),
      generated("b2", [5], seed: 3, scale: 0.5),
    ]
    let weights = generated("dy", [2, 5, 1, 1, 1], seed: 3, scale: 1)
    for activation in [nil, .swish] as [ActivationFunction?] {
      let loss = { (inputs: [Tensor]) -> Double in
        let scales: [Float] = Operations.SqueezeExcite(activation: activation).evaluate(inputs)[0].elements()
        return zip(scales, weights.elements(as: Float.self)).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      }
      var writer = GraphWriter()
      let ids = inputs.enumerated().map { writer.addInput("in\($0)", ValueType($1)) }
      let result = try writer.add(Operations.ExactSqueezeExcite(activation: activation), ids)[0]
      let sum = try addSum(result, weights, &writer)
      let gradients = try Differentiation.gradients(of: sum, for: ids, &writer).compactMap { $0 }
      let found = try Interpreter(writer.finish(outputs: gradients), weights: [:]).run(inputs + [weights])
      #expect(found.count == inputs.count)
      for (number, gradient) in found.enumerated() {
        #expect(gradient.shape == inputs[number].shape)
        for (index, value) in gradient.elements(as: Float.self).enumerated() {
          let losses = [Float(1e-2), -1e-2].map { change -> Double in
            var moved = inputs[number].elements(as: Float.self)
            moved[index] += change
            var all = inputs
            all[number] = Tensor(moved, shape: inputs[number].shape)
            return loss(all)
          }
          #expect(abs(Double(value) - (losses[0] - losses[1]) / 0.02) < 1e-3, "input \(number), element \(index)")
        }
      }
    }
  }

  @Test func anExactMeanSpreadsItsGradient() throws {
    let x = generated("x", [2, 3, 2, 2, 2], seed: 5, scale: 30)
    let dy = generated("dy", [2, 3, 1, 1, 1], seed: 5, scale: 1)
    let (means, gradient) = try resultAndGradient(x, dy) { writer, id in
      try writer.add(Operations.ExactMean(scale: 0.25), [id])[0]
    }
    let values: [Float] = x.elements()
    for channel in 0..<6 {
      let sum = values[channel * 8..<channel * 8 + 8].reduce(0.0) { $0 + Double($1) }
      #expect(abs(Double(means[channel]) - sum / 32) < 1e-6)
      for index in channel * 8..<channel * 8 + 8 {
        #expect(abs(gradient[index] - dy.elements(as: Float.self)[channel] / 32) < 1e-7)
      }
    }
  }

  // MARK: -

  private func generated(_ name: String, _ shape: [Int], seed: UInt64, scale: Float) -> Tensor {
    let generator = CounterGenerator(seed: seed, name: name)
    return Tensor((0..<shape.reduce(1, *)).map { scale * generator.unit($0) }, shape: shape)
  }

  /// Adds Σ result · weights, of which the latter are an input.
  private func addSum(_ result: Graph.ValueID, _ weights: Tensor, _ writer: inout GraphWriter) throws -> Graph.ValueID {
    let dy = writer.addInput("dy", ValueType(weights))
    let product = try writer.add(Operations.Binary(.multiply), [result, dy])[0]
    let sum = try writer.add(Operations.SumTo(shape: []), [product])[0]
    return try writer.add(Operations.Reshape([1]), [sum])[0]
  }

  /// What some operations make of x, and the gradient of x for one of the result.
  private func resultAndGradient(
    _ x: Tensor, _ dy: Tensor, _ build: (inout GraphWriter, Graph.ValueID) throws -> Graph.ValueID
  ) throws -> ([Float], [Float]) {
    var writer = GraphWriter()
    let id = writer.addInput("x", ValueType(x))
    let result = try build(&writer, id)
    let loss = try addSum(result, dy, &writer)
    let gradient = try #require(try Differentiation.gradients(of: loss, for: [id], &writer)[0])
    let results = try Interpreter(writer.finish(outputs: [result, gradient]), weights: [:]).run([x, dy])
    return (results[0].elements(), results[1].elements())
  }
}
