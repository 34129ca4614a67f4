import PassTestSupport
import Models
import Passes
import IR
import Architectures
import TestSupport
import Tensors
import Testing

@Suite struct ConvolutionRulesTests {
  /// Convolutions that resemble an efficient block and are none: the operation that they become, and the reason given.
  static let refused: [(name: String, window: Window, groups: Int, outputs: Int, operation: String, reason: String)] = [
    (
      "asymmetric padding, depthwise",
      Window(
        kernel: [3, 3, 3], stride: [1, 2, 2], paddingBefore: [1, 0, 1], paddingAfter: [1, 1, 1], dilation: [1, 1, 1]),
      4, 4, "depthwise", "not depthwise_3x3x3: its padding is asymmetric, [1, 0, 1] before and [1, 1, 1] after"
    ),
    (
      "asymmetric padding, temporal",
      Window(
        kernel: [3, 1, 1], stride: [1, 1, 1], paddingBefore: [2, 0, 0], paddingAfter: [0, 0, 0], dilation: [1, 1, 1]),
      4, 4, "depthwise", "not temporal_kx1x1: its padding is asymmetric"
    ),
    (
      "dilation, spatial", Window(kernel: [1, 3, 3], padding: [0, 2, 2], dilation: [1, 2, 2]), 4, 4,
      "depthwise", "not spatial_1xkxk: its dilation is [1, 2, 2]"
    ),
    (
      "dilation, depthwise", Window(kernel: [3, 3, 3], padding: [2, 1, 1], dilation: [2, 1, 1]), 4, 4, "depthwise",
      "not depthwise_3x3x3: its dilation is [2, 1, 1]"
    ),
    (
      "groups, pointwise", Window(kernel: [1, 1, 1]), 2, 6, "fused_convolution", "not pointwise: it has 2 groups"
    ),
    (
      "groups, 3×3×3", Window(kernel: [3, 3, 3], padding: [1, 1, 1]), 2, 6, "fused_convolution",
      "not depthwise_3x3x3: its 2 groups of 4 to 6 channels are not depthwise"
    ),
    (
      "two results a channel", Window(kernel: [3, 3, 3], padding: [1, 1, 1]), 4, 8, "fused_convolution",
      "not depthwise_3x3x3: its 4 groups of 4 to 8 channels are not depthwise"
    ),
    (
      "groups, temporal", Window(kernel: [3, 1, 1]), 2, 4, "fused_convolution",
      "not temporal_kx1x1: its 2 groups of 4 to 4 channels are not depthwise"
    ),
    (
      "padding, pointwise", Window(kernel: [1, 1, 1], padding: [0, 1, 1]), 1, 6, "fused_convolution",
      "not pointwise: it pads its input by [0, 1, 1] and [0, 1, 1]"
    ),
    (
      "strides in H and W", Window(kernel: [3, 3, 3], stride: [1, 2, 1], padding: [1, 1, 1]), 4, 4, "depthwise",
      "not depthwise_3x3x3: its strides in H and W, [2, 1], differ"
    ),
    (
      "a window that is not square", Window(kernel: [1, 3, 2]), 4, 4, "depthwise",
      "not spatial_1xkxk: its window [1, 3, 2] is not square"
    ),
    (
      "padding over time, spatial", Window(kernel: [1, 3, 3], padding: [1, 1, 1]), 4, 4, "depthwise",
      "not spatial_1xkxk: it pads [1, 1, 1] where its window [1, 3, 3] is one element wide"
    ),
    (
      "depthwise 2×3×3", Window(kernel: [2, 3, 3], padding: [0, 1, 1]), 4, 4, "depthwise",
      "x86_cpu has no efficient block for depthwise of window [2, 3, 3]"
    ),
  ]

  /// Dense convolutions are efficient blocks with any padding, stride and dilation.
  @Test(
    arguments: [
      (Window(kernel: [3, 3, 3], padding: [1, 1, 1]), "spatiotemporal_kxkxk"),
      (
        Window(
          kernel: [3, 5, 5], stride: [1, 2, 1], paddingBefore: [2, 2, 1], paddingAfter: [0, 2, 2], dilation: [1, 1, 1]),
        "spatiotemporal_kxkxk"
      ), (Window(kernel: [3, 1, 1], padding: [2, 0, 0], dilation: [2, 1, 1]), "temporal_kx1x1"),
      (Window(kernel: [1, 3, 2], padding: [1, 2, 1], dilation: [1, 2, 1]), "spatial_1xkxk"),
    ])
  func denseConvolutionsAreEfficientBlocks(_ window: Window, _ block: String) throws {
    let example = try Example("\(window)", shape: [2, 4, 5, 9, 8]) { x in
      let weight = x.builder.parameter("weight", shape: [6, 4] + window.kernel)
      return BatchNorm(6)(x.applying(Operations.Convolution(window: window), weight)).applying(
        Operations.Activation(.relu))
    }
    let deployed = try Transmuter(target: .x86CPU).deploy(
      Model(name: "test", graph: example.graph, weights: example.weights), inputShapes: [example.input.shape])
    #expect(deployed.report.entries.map(\.block) == [block] && deployed.report.efficientShare == 1)
    try example.program().expectSame(deployed.program, on: example.input)
  }

  @Test(arguments: refused.map(\.name)) func refusesWithTheReasonWhatIsNoEfficientBlock(_ name: String) throws {
    let row = try #require(Self.refused.first { $0.name == name })
    let example = try Example(name) { x in
      let weight = x.builder.parameter("weight", shape: [row.outputs, 4 / row.groups] + row.window.kernel)
      let y = x.applying(Operations.Convolution(window: row.window, groups: row.groups), weight)
      return BatchNorm(row.outputs)(y).applying(Operations.Activation(.relu))
    }
    let deployed = try Transmuter(target: .x86CPU).deploy(
      Model(name: "test", graph: example.graph, weights: example.weights), inputShapes: [example.input.shape])
    #expect(deployed.program.operations == [row.operation])
    let entry = try #require(deployed.report.notOnEfficientBlocks.first)
    #expect(entry.reasons.count == 1 && entry.reasons[0].hasPrefix(row.reason), "\(entry.reasons)")
    #expect(deployed.report.efficientShare == 0)
    try example.program().expectSame(deployed.program, on: example.input)
  }

  @Test func dilationOfAWindowOfOneElementMeansNothing() throws {
    let example = try Example("dilated pointwise") {
      Conv3d(4, 6, kernel: [1, 1, 1], dilation: [1, 2, 2])(Conv3d(4, 4, kernel: [3, 1, 1], dilation: [1, 2, 2])($0))
    }
    let deployed = try Transmuter(target: .x86CPU).deploy(
      Model(name: "test", graph: example.graph, weights: example.weights))
    #expect(deployed.report.entries.map(\.block) == ["temporal_kx1x1", "pointwise"])
    try example.program().expectSame(deployed.program, on: example.input)
  }

  @Test func computedWeightsAreLeftAlone() throws {
    let example = try Example("computed weight") { x in
      let weight = x.builder.parameter("weight", shape: [6, 4, 1, 1, 1])
      let y = x.applying(
        Operations.Convolution(window: Window(kernel: [1, 1, 1])), weight.applying(Operations.Activation(.tanh)))
      return BatchNorm(6)(y)
    }
    let deployed = try Transmuter(target: .x86CPU).deploy(
      Model(name: "test", graph: example.graph, weights: example.weights))
    #expect(deployed.program.operations == ["activation", "convolution", "batch_norm"])
    #expect(deployed.report.entries[1].reasons == ["not pointwise: its weight is computed, not a parameter"])
    try example.program().expectSame(deployed.program, on: example.input)
  }
}
