import IR
import Tensors

extension Operations {
  /// The mean of each clip's channels over all positions, of integers: an exact sum, converted to a real number in
  /// double precision, as in int8 files.
  ///
  /// Input: x `[N, C, …]`. Result: `[N, C, 1, …]`.
  struct ExactMean: Operation {
    static let name = "exact_mean"
    /// The real number that a step of x stands for.
    var scale: Float

    var facts: OperationFacts { OperationFacts(reach: .clip, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(1)
      guard inputs[0].rank > 2 else { throw ShapeError("x must be [N, C, …]") }
      return [ValueType(inputs[0].shape.prefix(2) + inputs[0].shape.dropFirst(2).map { _ in 1 })]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let x: [Float] = inputs[0].elements()
      let shape = inputs[0].shape
      let plane = shape[2...].reduce(1, *)
      let means = stride(from: 0, to: x.count, by: max(plane, 1)).map { first in
        mean(of: x[first..<first + plane].reduce(0.0) { $0 + Double($1) }, count: plane)
      }
      return [Tensor(means, shape: shape.prefix(2) + shape[2...].map { _ in 1 })]
    }

    /// Returns the mean, given an exact sum.
    func mean(of sum: Double, count: Int) -> Float { Float(sum * Double(scale) / Double(count)) }
  }

  /// Squeeze-excite's gate in the order of operations of the int8 kernels, so that its scales are bit for bit the same.
  ///
  /// Inputs and result are those of `SqueezeExcite`.
  struct ExactSqueezeExcite: Operation {
    static let name = "exact_squeeze_excite"
    /// The activation between the two maps; nil for none.
    var activation: ActivationFunction?
    /// The function that gives the scales.
    var gate = ActivationFunction.sigmoid

    var facts: OperationFacts { OperationFacts(reach: .clip, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try SqueezeExcite(activation: activation, gate: gate).resultTypes(inputs)
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      [
        Reference.Quantized.squeezeExcite(
          inputs[0], parameters: Array(inputs[1...]), activation: activation, gate: gate)
      ]
    }
  }
}

extension Operations.ExactMean: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil] }
    let shape = try writer.shape(node.inputs[0])
    let count = shape[2...].reduce(1, *)
    return [try writer.add(Operations.ScaledExpand(shape: shape, factor: scale / Float(max(count, 1))), [dy])[0]]
  }
}

extension Operations.ExactSqueezeExcite: Differentiable {
  /// Differentiates the plain operations that it stands for, which are recomputed: each clip is a row of few numbers.
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return node.inputs.map { _ in nil } }
    let shape = try writer.shape(node.inputs[0])
    func add(_ operation: any Operation, _ inputs: [Graph.ValueID]) throws(GraphError) -> Graph.ValueID {
      try writer.add(operation, inputs)[0]
    }
    /// Adds the gradients of a linear map's input, weight and bias.
    func linear(_ x: Graph.ValueID, _ weight: Graph.ValueID, _ dy: Graph.ValueID) throws(GraphError) -> [Graph.ValueID]
    {
      let outputs = try writer.shape(weight)[0]
      let sums = try add(Operations.SumTo(shape: [outputs]), [dy])
      return [
        try add(Operations.Linear(), [dy, add(Operations.Permute([1, 0]), [weight])]),
        try add(Operations.LinearWeightGradient(), [x, dy]), sums,
      ]
    }
    let means = try add(Operations.Reshape(Array(shape.prefix(2))), [node.inputs[0]])
    let sums = try add(Operations.Linear(), [means, node.inputs[1], node.inputs[2]])
    let hidden = try activation.map { (function) throws(GraphError) in try add(Operations.Activation(function), [sums])
    }
    let logits = try add(Operations.Linear(), [hidden ?? sums, node.inputs[3], node.inputs[4]])
    let row = try add(Operations.Reshape(Array(writer.shape(dy).prefix(2))), [dy])
    let expanding = try linear(
      hidden ?? sums, node.inputs[3], add(Operations.ActivationGradient(function: gate), [logits, row]))
    var inner = expanding[0]
    if let activation { inner = try add(Operations.ActivationGradient(function: activation), [sums, inner]) }
    let reducing = try linear(means, node.inputs[1], inner)
    let mean = try add(Operations.Reshape(shape), [reducing[0]])
    return [mean, reducing[1], reducing[2], expanding[1], expanding[2]]
  }
}
