import IR
@testable import Architectures
import TestSupport
import Tensors
import Testing

/// Every efficient block alone, with each of its options, against PyTorchVideo/Accelerator.
@Suite struct BlockParityTests {
  static let fixture = (try? Fixture("blocks/blocks.json"))?.cases ?? []

  @Test func fixtureIsThere() { #expect(Self.fixture.count > 150) }

  @Test(arguments: fixture) func agreesWithPyTorchVideo(_ example: FixtureCase) throws {
    let seed = try example.seed()
    let input = try generatedInput("in0", example.field.required("input"), seed: seed)
    let layer = try Block(example.field.required("options")).layer(
      example.field.required("class").string(), rank: input.rank)
    let shape = input.shape.enumerated().map { $0 == 1 ? Dimension.fixed($1) : .symbolic("d\($0)") }
    // A linear layer's features are the last axis, whatever the rank.
    let known = shape.dropLast() + [Dimension.fixed(input.shape[input.rank - 1])]
    let graph = Graph.build(input: GraphInput(name: "x", type: ValueType(Array(known)))) { layer.forward($0) }
    let weights = try RandomWeights.make(for: graph, seed: seed, measuringOn: [input])
    let result = try Interpreter(graph, weights: weights).run([input])[0]
    let expected = try example.output()
    #expect(result.shape == expected.shape)
    #expect(relativeError(result, expected) < 1e-5)
  }
}

/// Builds a block from a fixture's options, PyTorchVideo's names to ours.
private struct Block {
  let options: JSONField

  init(_ options: JSONField) { self.options = options }

  func int(_ key: String) throws -> Int? { try options.optional(key)?.int() }
  func number(_ key: String) throws -> Double? { try options.optional(key)?.double() }
  func flag(_ key: String) throws -> Bool? { try options.optional(key)?.bool() }

  func activation(_ key: String = "activation") throws -> Activation? {
    guard let name = try options.optional(key)?.string() else { return nil }
    return try named(name)
  }

  func named(_ name: String) throws -> Activation {
    guard let activation = Activation(rawValue: name.lowercased().replacing("hardswish", with: "hswish")) else {
      throw options.error("has an activation without a test: \(name)")
    }
    return activation
  }

  func layer(_ name: String, rank: Int) throws -> any Layer {
    switch name {
    case "Conv3dPwBnAct", "Conv3d3x3x3DwBnAct", "Conv3dTemporalKernel1BnAct", "Conv3d3x1x1BnAct", "Conv3d5x1x1BnAct":
      return try convolution(name)
    case "SqueezeExcitation":
      return SqueezeExcitation(
        try int("num_channels") ?? 0, reducedChannels: try int("num_channels_reduced"),
        reductionRatio: try number("reduction_ratio") ?? 2, is3D: try flag("is_3d") ?? false,
        activation: try activation() ?? .relu)
    case "AdaptiveAvgPool3dOutSize1": return AdaptiveAvgPool3dOutSize1()
    case "AdaptiveAvgPool2dOutSize1": return AdaptiveAvgPool2dOutSize1()
    case "AdaptiveAvgPool3d", "AdaptiveAvgPool2d":
      let size = try options.required("output_size")
      let axes = name.hasSuffix("3d") ? 3 : 2
      let sizes = try (try? size.int()).map { [Int](repeating: $0, count: axes) } ?? size.ints()
      return NoOpConvertBlock(AdaptivePooling.average(sizes))
    case "FullyConnected":
      return FullyConnected(try int("in_features") ?? 0, try int("out_features") ?? 0, bias: try flag("bias") ?? true)
    case "NoOpConvertBlock": return NoOpConvertBlock(try wrapped(options.required("model").elements()))
    case "X3dBottleneckBlock": return try bottleneck()
    default: return try named(name)
    }
  }

  func convolution(_ name: String) throws -> any Layer {
    let inputs = try int("in_channels") ?? 0
    let outputs = try int("out_channels") ?? inputs
    let (bias, batchNorm) = (try flag("bias") ?? false, try flag("use_bn") ?? true)
    let epsilon = Float(try number("norm_eps") ?? 1e-5)
    let act = try activation() ?? .relu
    let groups = try int("groups") ?? 1
    switch name {
    case "Conv3dPwBnAct":
      return Conv3dPwBnAct(inputs, outputs, bias: bias, activation: act, batchNorm: batchNorm, epsilon: epsilon)
    case "Conv3d3x3x3DwBnAct":
      return Conv3d3x3x3DwBnAct(
        inputs, spatialStride: try int("spatial_stride") ?? 1, bias: bias, activation: act, batchNorm: batchNorm,
        epsilon: epsilon)
    case "Conv3d3x1x1BnAct":
      return Conv3d3x1x1BnAct(
        inputs, outputs, bias: bias, groups: groups, activation: act, batchNorm: batchNorm, epsilon: epsilon)
    case "Conv3d5x1x1BnAct":
      return Conv3d5x1x1BnAct(
        inputs, outputs, bias: bias, groups: groups, activation: act, batchNorm: batchNorm, epsilon: epsilon)
    default:
      return Conv3dTemporalKernel1BnAct(
        inputs, outputs, bias: bias, groups: groups, spatialKernel: try int("spatial_kernel") ?? 1,
        spatialStride: try int("spatial_stride") ?? 1, spatialPadding: try int("spatial_padding") ?? 0,
        spatialDilation: try int("spatial_dilation") ?? 1, activation: act, batchNorm: batchNorm, epsilon: epsilon)
    }
  }

  func bottleneck() throws -> X3DBottleneckBlock {
    let flags = { (key: String, standard: Bool) -> [Bool] in
      try options.optional(key)?.elements().map { try $0.bool() } ?? [standard, standard, standard]
    }
    let activations = try options.optional("act_functions")?.strings().map(named) ?? [.relu, .relu, .relu]
    let (bias, batchNorm) = (try flags("bias", false), try flags("use_bn", true))
    return X3DBottleneckBlock(
      try int("in_channels") ?? 0, mid: try int("mid_channels") ?? 0, out: try int("out_channels") ?? 0,
      usesResidual: try flag("use_residual") ?? true, spatialStride: try int("spatial_stride") ?? 1,
      seRatio: try number("se_ratio") ?? 0.0625, activations: (activations[0], activations[1], activations[2]),
      bias: (bias[0], bias[1], bias[2]), batchNorm: (batchNorm[0], batchNorm[1], batchNorm[2]),
      epsilon: Float(try number("norm_eps") ?? 1e-5))
  }

  func wrapped(_ model: [JSONField]) throws -> any Layer {
    let arguments = model[1]
    switch try model[0].string() {
    case "BatchNorm3d": return BatchNorm(try arguments.required("num_features").int())
    case "Linear":
      return Linear(try arguments.required("in_features").int(), try arguments.required("out_features").int())
    default:
      return Conv3d(
        try arguments.required("in_channels").int(), try arguments.required("out_channels").int(),
        kernel: try arguments.required("kernel_size").ints(), stride: try arguments.required("stride").ints(),
        padding: try arguments.required("padding").ints())
    }
  }
}
