import Quantization
import IR
import Tensors

extension Operations {
  /// A layer's weights and bias, rounded to the integers that an int8 file holds.
  ///
  /// Inputs: weight `[K, …]` and, optionally, bias `[K]`. Results: the weight's integers in ±127, their scales `[K]`,
  /// the bias's integers, all the same as those of `LayerWeights`, from which files are made. The gradient passes
  /// straight through the rounding; nothing is clamped, as scales follow from the weights, and scales have no gradient.
  struct RoundLayer: Operation {
    static let name = "round_layer"
    /// The real number that a step of the layer's input stands for.
    var inputScale: Float

    var facts: OperationFacts { OperationFacts(reach: .clip, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      guard let weight = inputs.first, let rows = weight.shape.first, inputs.count <= 2 else {
        throw ShapeError("it takes a weight and a bias")
      }
      let row = ValueType([rows])
      guard inputs.dropFirst().allSatisfy({ $0 == row }) else {
        throw ShapeError("the bias must have a number for each row")
      }
      return [weight, row] + inputs.dropFirst()
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let bias = inputs.count > 1 ? inputs[1].elements(as: Float.self).map { Double($0) } : nil
      let layer = LayerWeights(inputs[0], bias: bias, inputScale: inputScale)
      return [layer.weight.converted(to: .float32), layer.scales]
        + (layer.bias.map { [Tensor($0.elements(as: Int32.self).map { Float($0) }, shape: $0.shape)] } ?? [])
    }
  }

  /// Divides each row of a tensor by its own number, and multiplies by a factor.
  ///
  /// Inputs: x `[K, …]`, divisors `[K]`. Result: like x.
  struct DivideRows: Operation {
    static let name = "divide_rows"
    /// The factor of all quotients.
    var factor: Float = 1

    var facts: OperationFacts { OperationFacts(reach: .clip, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(2)
      guard let rows = inputs[0].shape.first, inputs[1] == ValueType([rows]) else {
        throw ShapeError("there must be a divisor for each row")
      }
      return [inputs[0]]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let (x, divisors): ([Float], [Float]) = (inputs[0].elements(), inputs[1].elements())
      let columns = x.count / max(divisors.count, 1)
      return [Tensor(x.indices.map { x[$0] / (factor * divisors[$0 / columns]) }, shape: inputs[0].shape)]
    }
  }

  /// Rounds weights to the real numbers that their bytes stand for.
  ///
  /// Input: weight `[K, …]`. Result: like it. The gradient passes straight through.
  struct FakeQuantize: Operation {
    static let name = "fake_quantize"

    var facts: OperationFacts { OperationFacts(reach: .clip, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(1)
      return inputs
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let layer = LayerWeights(inputs[0], bias: nil, inputScale: 1)
      return [Tensor(layer.real.flatMap { $0 }, shape: inputs[0].shape)]
    }
  }
}

extension Operations.RoundLayer: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    // A weight is its integer times its scale; a bias is also multiplied by the input's scale.
    func divided(_ dy: Graph.ValueID?, _ factor: Float) throws(GraphError) -> Graph.ValueID? {
      guard let dy else { return nil }
      return try writer.add(Operations.DivideRows(factor: factor), [dy, node.results[1]])[0]
    }
    let weight = try divided(gradients[0], 1)
    return gradients.count > 2 ? [weight, try divided(gradients[2], inputScale)] : [weight]
  }
}

extension Operations.FakeQuantize: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] { gradients }
}
