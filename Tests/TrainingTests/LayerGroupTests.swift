import IR
import CPU
import Architectures
import TestSupport
import Tensors
import Testing

@testable import Training

/// Operations that are one in training, against those that they stand for.
@Suite struct LayerGroupTests {
  private static let shape = [2, 5, 2, 3, 4]

  private func generated(_ name: String, _ shape: [Int]) throws -> Tensor {
    let generator = CounterGenerator(seed: 11, name: name)
    return Tensor((0..<shape.reduce(1, *)).map { generator.unit($0) * 2 }, shape: shape)
  }

  /// The result of an operation and the gradients of Σ result · dy for all its inputs.
  private func differentiated(
    _ inputs: [Tensor], _ build: (inout GraphWriter, [Graph.ValueID]) throws -> Graph.ValueID
  ) throws -> [Tensor] {
    var writer = GraphWriter()
    let ids = inputs.enumerated().map { writer.addInput("in\($0)", ValueType($1)) }
    let result = try build(&writer, ids)
    let dy = writer.addInput("dy", writer.graph.type(result))
    let product = try writer.add(Operations.Binary(.multiply), [result, dy])[0]
    let sum = try writer.add(Operations.SumTo(shape: [1, 1, 1, 1, 1]), [product])[0]
    let loss = try writer.add(Operations.Reshape([1]), [sum])[0]
    let gradients = try Differentiation.gradients(of: loss, for: ids, &writer)
    let graph = try writer.finish(outputs: [result] + gradients.compactMap { $0 })
    return try Interpreter(graph, weights: [:]).run(inputs + [generated("dy", Self.shape)])
  }

  private func expectSame(_ found: [Tensor], _ expected: [Tensor], count: Int) {
    #expect(found.count == count && expected.count == count)
    for (found, expected) in zip(found, expected) { #expect(relativeError(found, expected) < 1e-5) }
  }

  private static let activations: [ActivationFunction?] = [nil, .relu, .swish, .hardSwish]

  @Test(arguments: activations) func aBatchNormAndItsActivation(activation: ActivationFunction?) throws {
    let inputs = try [generated("x", Self.shape), generated("scale", [5]), generated("shift", [5])]
    let found = try differentiated(inputs) { writer, ids in
      try writer.add(Operations.BatchNormTraining(epsilon: 1e-5, activation: activation), ids)[0]
    }
    let expected = try differentiated(inputs) { writer, ids in
      let y = try writer.add(Operations.BatchNormTraining(epsilon: 1e-5), ids)[0]
      return try activation.map { try writer.add(Operations.Activation($0), [y])[0] } ?? y
    }
    expectSame(found, expected, count: 4)
  }

  @Test(arguments: [nil, .relu] as [ActivationFunction?])
  func aBatchNormAndAResidual(activation: ActivationFunction?) throws {
    let inputs = try [
      generated("x", Self.shape), generated("scale", [5]), generated("shift", [5]), generated("residual", Self.shape),
    ]
    let found = try differentiated(inputs) { writer, ids in
      try writer.add(Operations.BatchNormTraining(epsilon: 1e-5, activation: activation), ids)[0]
    }
    let expected = try differentiated(inputs) { writer, ids in
      let y = try writer.add(Operations.BatchNormTraining(epsilon: 1e-5), Array(ids.prefix(3)))[0]
      let sum = try writer.add(Operations.Binary(.add), [y, ids[3]])[0]
      return try activation.map { try writer.add(Operations.Activation($0), [sum])[0] } ?? sum
    }
    expectSame(found, expected, count: 5)
  }

  @Test(arguments: activations) func aChannelScale(activation: ActivationFunction?) throws {
    let inputs = try [generated("x", Self.shape), generated("scale", [2, 5, 1, 1, 1])]
    let found = try differentiated(inputs) { writer, ids in
      try writer.add(Operations.ChannelScale(activation: activation), ids)[0]
    }
    let expected = try differentiated(inputs) { writer, ids in
      let y = try writer.add(Operations.Binary(.multiply), ids)[0]
      return try activation.map { try writer.add(Operations.Activation($0), [y])[0] } ?? y
    }
    expectSame(found, expected, count: 3)
  }

  /// The operations forwards of the training form of a batch norm and what `build` makes of its result and its input.
  private func operations(
    _ build: @escaping (_ norm: SymbolicTensor, _ x: SymbolicTensor) -> SymbolicTensor
  ) throws -> [String] {
    let type = ValueType(Self.shape.map { .fixed($0) })
    let network = Graph.build(input: GraphInput(name: "x", type: type)) { x in
      build(BatchNorm(5)(x, name: "norm"), x).mean(axes: [2, 3, 4])
    }
    let names = try TrainingGraph(network, inputShapes: [Self.shape]).graph.nodes.map(\.operation.name)
    return Array(names.prefix { $0 != Operations.CrossEntropy.name })
  }

  private let relu = Operations.Activation(.relu)

  @Test func aBatchNormTakesItsActivationAndItsResidual() throws {
    let norm = Operations.BatchNormTraining.name
    #expect(try operations { norm, _ in norm.applying(relu) } == [norm, "mean"])
    #expect(try operations { norm, x in (norm + x).applying(relu) } == [norm, "mean"])
    #expect(try operations { norm, x in (x + norm).applying(relu) } == [norm, "mean"])
  }

  @Test func valuesThatAreUsedTwiceStay() throws {
    let norm = Operations.BatchNormTraining.name
    #expect(
      try operations { norm, _ in norm.applying(relu) + norm } == [norm, "activation", "binary", "mean"])
    let shared = try operations { norm, x in
      let sum = norm + x
      return sum.applying(relu) + sum
    }
    #expect(shared == [norm, "binary", "activation", "binary", "mean"])
  }

  @Test func onlyReLUComesAfterAResidual() throws {
    let swish = try operations { norm, x in (norm + x).applying(Operations.Activation(.swish)) }
    #expect(swish == [Operations.BatchNormTraining.name, "binary", "activation", "mean"])
  }

  @Test func aScalingTakesItsActivation() throws {
    let swish = Operations.Activation(.swish)
    let found = try operations { norm, _ in
      (norm * norm.mean(axes: [2, 3, 4], keepsAxes: true)).applying(swish)
    }
    #expect(found == [Operations.BatchNormTraining.name, "mean", Operations.ChannelScale.name, "mean"])
    // Two values of the same shape are no scaling.
    let product = try operations { norm, x in (norm * x).applying(swish) }
    #expect(product == [Operations.BatchNormTraining.name, "binary", "activation", "mean"])
  }
}
