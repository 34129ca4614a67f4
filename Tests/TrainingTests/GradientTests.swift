import CPU
import Architectures
import TestSupport
import Tensors
import Testing

@testable import IR
@testable import Training

/// Gradient rules against PyTorch's autograd.
@Suite struct GradientTests {
  static let fixture = (try? Fixture("training/gradients.json"))?.cases ?? []

  /// Operations of graphs in deployable form, which are not trained.
  static let efficient = [
    Operations.Pointwise.name, Operations.Depthwise.name, Operations.FusedConvolution.name,
    Operations.SqueezeExcite.name,
  ]

  /// Recurrent layers, which only imported networks have, are not trained.
  static let withoutRule = ["gru", "lstm"]
  /// Operations whose result does not change, or in steps, with what they take.
  static let withoutGradient = ["arg_reduce", "one_hot"]

  @Test func everyOperationOfTheOriginalFormHasARuleAndCases() throws {
    let covered = Set(try Self.fixture.map { try $0.field.required("operation").string() })
    for (name, kind) in OperationRegistry.byName
    where !(Self.efficient + Self.withoutRule + Self.withoutGradient).contains(name)
      && !OperationRegistry.shapeArithmetic.contains(where: { $0.name == name })
    {
      #expect(kind is any Differentiable.Type, "\(name)")
      #expect(covered.contains(name) || name == Operations.Dropout.name, "\(name)")
    }
  }

  @Test(arguments: fixture) func agreesWithPyTorch(_ example: FixtureCase) throws {
    let seed = try example.seed()
    let inputs = try example.field.required("inputs").elements().enumerated().map {
      try generatedInput("in\($0)", $1, seed: seed)
    }
    let name = try example.field.required("operation").string()
    let kind = try #require(OperationRegistry.byName[name] ?? Self.trained[name])
    let operation = try Self.decode(kind, example.field.required("attributes"))
    let expected = try example.field.required("gradients").elements().map { try $0.doubles() }

    // loss = Σ result · dy, by a multiplication and a sum.
    var writer = GraphWriter()
    let ids = inputs.enumerated().map { writer.addInput("in\($0)", ValueType($1)) }
    let result = try writer.add(operation, ids)[0]
    let shape = try writer.shape(result)
    let weights = writer.addInput("dy", ValueType(shape.map { .fixed($0) }))
    let product = try writer.add(Operations.Binary(.multiply), [result, weights])[0]
    let sum = try writer.add(Operations.SumTo(shape: []), [product])[0]
    let loss = try writer.add(Operations.Reshape([1]), [sum])[0]
    let wanted = expected.indices.filter { !expected[$0].isEmpty }
    let gradients = try Differentiation.gradients(of: loss, for: wanted.map { ids[$0] }, &writer)
    let graph = try writer.finish(outputs: gradients.compactMap { $0 })
    let generator = CounterGenerator(seed: seed, name: "dy")
    let dy = Tensor((0..<shape.reduce(1, *)).map { generator.unit($0) }, shape: shape)
    let results = try Interpreter(graph, weights: [:]).run(inputs + [dy])

    #expect(results.count == wanted.count)
    for (index, tensor) in zip(wanted, results) {
      let values = expected[index]
      #expect(tensor.shape == inputs[index].shape)
      let found = Self.probes(tensor, "in\(index)", seed: seed, count: values.count)
      let scale = values.map { abs($0) }.max() ?? 0
      for (probe, value) in zip(found, values) { #expect(abs(probe - value) <= 1e-5 * max(scale, 1)) }
    }
  }

  /// Weighted sums of all elements: a wrong one changes them wherever it is.
  static func probes(_ tensor: Tensor, _ name: String, seed: UInt64, count: Int) -> [Double] {
    let values: [Float] = tensor.elements()
    return (0..<count).map { probe in
      let generator = CounterGenerator(seed: seed, name: "\(name) probe \(probe)")
      return values.indices.reduce(0) { $0 + Double(values[$1]) * Double(generator.unit($1)) }
    }
  }

  private static let trained: [String: any Operation.Type] = [
    Operations.BatchNormTraining.name: Operations.BatchNormTraining.self
  ]

  private static func decode<Kind: Operation>(_ kind: Kind.Type, _ attributes: JSONField) throws -> any Operation {
    try attributes.decode(kind)
  }
}
