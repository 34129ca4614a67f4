import Kernels
import TestSupport
import Tensors
import Testing

@testable import Graph

/// Every operation's scalar meaning against `torch.nn.functional`.
@Suite struct OperationParityTests {
  static let fixture = (try? Fixture("operations/operations.json"))?.cases ?? []

  @Test func fixtureIsThere() { #expect(Self.fixture.count > 200) }

  @Test(arguments: fixture) func agreesWithPyTorch(_ example: FixtureCase) throws {
    let seed = try example.seed()
    let inputs = try example.field.required("inputs").elements().enumerated().map {
      try generatedInput("in\($0)", $1, seed: seed)
    }
    let attributes = try example.field.required("attributes")
    let name = try example.field.required("operation").string()
    var operands = inputs
    // PyTorch's layer norm may go without scale and shift; the operation always has them.
    if name == "layer_norm", inputs.count == 1 {
      let shape = try attributes.required("normalized_shape").ints()
      let count = shape.reduce(1, *)
      operands += [
        Tensor([Float](repeating: 1, count: count), shape: shape),
        Tensor([Float](repeating: 0, count: count), shape: shape),
      ]
    }
    let operation =
      name == "convolution"
      ? Operations.Convolution(
        window: try Self.window(attributes, kernel: Array(inputs[1].shape[2...])),
        groups: try attributes.required("groups").int())
      : try Self.operation(name, attributes, rank: inputs[0].rank)
    let types = try operation.resultTypes(operands.map { ValueType($0) })
    let expected = try example.output()
    #expect(types[0].fixedShape == expected.shape)
    let result = operation.evaluate(operands)[0]
    #expect(result.shape == expected.shape)
    #expect(relativeError(result, expected) < 2e-6)
  }

  static func window(_ attributes: JSONField, kernel: [Int]) throws -> Window {
    let padding = try attributes.required("padding").elements().map { try $0.ints() }
    return Window(
      kernel: kernel, stride: try attributes.required("stride").ints(), paddingBefore: padding.map { $0[0] },
      paddingAfter: padding.map { $0[1] },
      dilation: try attributes.optional("dilation")?.ints() ?? kernel.map { _ in 1 })
  }

  static func operation(_ name: String, _ attributes: JSONField, rank: Int) throws -> any Operation {
    func axis() throws -> Int {
      let axis = try attributes.required("axis").int()
      return axis < 0 ? axis + rank : axis
    }
    if let function = ActivationFunction(rawValue: name.replacing("hards", with: "hard_s")) {
      return Operations.Activation(function)
    }
    if let function = BinaryFunction(rawValue: name) { return Operations.Binary(function) }
    switch name {
    case "linear": return Operations.Linear()
    case "matmul": return Operations.MatMul()
    case "batch_norm": return Operations.BatchNorm(epsilon: Float(try attributes.required("epsilon").double()))
    case "layer_norm": return Operations.LayerNorm(epsilon: Float(try attributes.required("epsilon").double()))
    case "softmax": return Operations.Softmax(axis: try axis())
    case "concat": return Operations.Concat(axis: try axis())
    case "avg_pool2d", "avg_pool3d", "max_pool2d", "max_pool3d":
      return Operations.Pool(
        name.hasPrefix("avg") ? .average : .maximum,
        window: try window(attributes, kernel: attributes.required("kernel_size").ints()),
        countsPadding: try attributes.optional("count_include_pad")?.bool() ?? false,
        roundsUp: try attributes.required("ceil_mode").bool())
    case "adaptive_avg_pool2d", "adaptive_avg_pool3d":
      return Operations.AdaptivePool(.average, outputSize: try attributes.required("output_size").ints())
    case "adaptive_max_pool2d", "adaptive_max_pool3d":
      return Operations.AdaptivePool(.maximum, outputSize: try attributes.required("output_size").ints())
    case "slice":
      return Operations.Slice(
        axis: try axis(), start: try attributes.required("start").int(), end: try attributes.required("end").int(),
        step: try attributes.required("step").int())
    case "pad":
      let padding = try attributes.required("padding").elements().map { try $0.ints() }
      return Operations.Pad(
        before: padding.map { $0[0] }, after: padding.map { $0[1] },
        value: Float(try attributes.required("value").double()))
    case "permute": return Operations.Permute(try attributes.required("order").ints())
    case "reshape": return Operations.Reshape(try attributes.required("shape").ints())
    case "mean":
      return Operations.Mean(
        axes: try attributes.required("axes").ints(), keepsAxes: try attributes.required("keep_axes").bool())
    default: throw attributes.error("belongs to an operation without a test: \(name)")
    }
  }
}
