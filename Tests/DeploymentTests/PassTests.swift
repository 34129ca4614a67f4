import IR
import CPU
import Architectures
import Tensors
import Testing

import Deployment

/// A pass by its name, the network that shows it, and the operations after it.
struct PassCase: Sendable, CustomTestStringConvertible {
  let pass: String
  let example: Example
  let operations: [String]

  init(_ pass: String, _ example: Example, _ operations: [String]) {
    self.pass = pass
    self.example = example
    self.operations = operations
  }

  var testDescription: String { "\(pass): \(example.testDescription)" }
}

@Suite struct PassTests {
  static func pointwise(_ inputs: Int, _ outputs: Int, stride: [Int] = [1, 1, 1], bias: Bool = true) -> Conv3d {
    Conv3d(inputs, outputs, kernel: [1, 1, 1], stride: stride, bias: bias)
  }

  static func depthwise(_ channels: Int, stride: [Int] = [1, 1, 1], bias: Bool = false) -> Conv3d {
    Conv3d(
      channels, channels, kernel: [3, 3, 3], stride: stride, padding: [1, 1, 1], groups: channels, bias: bias)
  }

  static func relu(_ x: SymbolicTensor) -> SymbolicTensor { x.applying(Operations.Activation(.relu)) }
  static func swish(_ x: SymbolicTensor) -> SymbolicTensor { x.applying(Operations.Activation(.swish)) }

  /// Cases in which the pass finds something.
  static let positive: [PassCase] = {
    do { return try tidying() + folding() + fusing() } catch { return [] }
  }()

  static func tidying() throws -> [PassCase] {
    [
      PassCase(
        "remove_dead_code",
        try Example("a result that nothing uses") { x in
          _ = swish(pointwise(4, 2)(x))
          return relu(x)
        }, ["activation"]),
      PassCase("remove_dropout", try Example("dropout twice") { Dropout(0.5)(Dropout(0.1)(relu($0))) }, ["activation"]),
      PassCase(
        "pool_to_mean", try Example("3D") { AdaptivePooling.average([1, 1, 1])($0) }, ["mean"]),
      PassCase(
        "pool_to_mean", try Example("2D", shape: [2, 3, 5, 4]) { AdaptivePooling.average([1, 1])($0) }, ["mean"]),
      PassCase(
        "sink_permutes",
        try Example("permutations on both sides") { Linear(4, 3)($0.permuted(0, 2, 3, 4, 1)).permuted(0, 4, 1, 2, 3) },
        ["pointwise"]),
      PassCase(
        "sink_permutes",
        try Example("without bias, 2D", shape: [2, 4, 5, 3]) {
          Linear(4, 3, bias: false)($0.permuted(0, 2, 3, 1)).permuted(0, 3, 1, 2)
        }, ["pointwise"]),
      PassCase(
        "sink_permutes",
        try Example("activation and mean") { relu(Linear(4, 3)($0.permuted(0, 2, 3, 4, 1))).mean(axes: [1, 2, 3]) },
        ["pointwise", "activation", "mean"]),
      PassCase(
        "sink_permutes",
        try Example("mean that keeps an order") { $0.permuted(4, 3, 2, 1, 0).mean(axes: [1, 3]) }, ["mean", "permute"]),
      PassCase(
        "sink_permutes",
        try Example("mean that keeps its axes") { $0.permuted(0, 2, 1, 3, 4).mean(axes: [1], keepsAxes: true) },
        ["mean", "permute"]),
    ]
  }

  static func folding() throws -> [PassCase] {
    [
      PassCase(
        "fold_batch_norm", try Example("without bias") { BatchNorm(6)(pointwise(4, 6, bias: false)($0)) },
        ["convolution"]),
      PassCase(
        "fold_batch_norm", try Example("with bias") { BatchNorm(4)(depthwise(4, bias: true)($0)) }, ["convolution"]),
      PassCase(
        "fold_batch_norm",
        try Example("two in a row") { BatchNorm(6)(BatchNorm(6, epsilon: 0.1)(pointwise(4, 6)($0))) },
        ["convolution"]),
      PassCase(
        "fold_batch_norm",
        try Example("after a linear map", shape: [3, 4]) { BatchNorm(6)(Linear(4, 6)($0)) }, ["linear"]),
      PassCase("transmute", try Example("pointwise") { pointwise(4, 6, stride: [1, 2, 2])($0) }, ["pointwise"]),
      PassCase("transmute", try Example("depthwise") { depthwise(4, stride: [1, 2, 2])($0) }, ["depthwise"]),
      PassCase(
        "transmute",
        try Example("temporal and spatial") {
          Conv3d(6, 2, kernel: [1, 3, 3], stride: [1, 2, 2])(Conv3d(4, 6, kernel: [3, 1, 1], padding: [1, 0, 0])($0))
        }, ["fused_convolution", "fused_convolution"]),
      PassCase(
        "transmute", try Example("2D", shape: [2, 4, 6, 5]) { Conv2d(4, 6, kernel: [3, 3])($0) }, ["fused_convolution"]),
    ]
  }

  static func fusing() throws -> [PassCase] {
    [
      PassCase(
        "fuse_residual", try Example("input on the left") { $0 + pointwise(4, 4)($0) }, ["pointwise"]),
      PassCase(
        "fuse_residual", try Example("input on the right") { pointwise(4, 4)($0) + $0 }, ["pointwise"]),
      PassCase(
        "fuse_residual",
        try Example("shortcut convolution") { pointwise(4, 6)($0) + pointwise(4, 6)(relu($0)) },
        ["pointwise", "activation", "pointwise"]),
      PassCase(
        "fuse_residual",
        try Example("into a spatial convolution") {
          $0 + Conv3d(4, 4, kernel: [1, 3, 3], padding: [0, 1, 1])($0)
        }, ["fused_convolution"]),
      PassCase("fuse_activation", try Example("pointwise") { relu(pointwise(4, 6)($0)) }, ["pointwise"]),
      PassCase("fuse_activation", try Example("depthwise") { swish(depthwise(4)($0)) }, ["depthwise"]),
      PassCase("fuse_activation", try Example("after a sum") { relu($0 + pointwise(4, 4)($0)) }, ["pointwise"]),
      PassCase(
        "fuse_squeeze_excite",
        try Example("alone") { SqueezeExcitation(4, reducedChannels: 2, is3D: true)($0) },
        ["mean", "squeeze_excite", "binary"]),
      PassCase(
        "fuse_squeeze_excite",
        try Example("2D, swish", shape: [2, 4, 6, 5]) {
          SqueezeExcitation(4, reducedChannels: 2, activation: .swish)($0)
        },
        ["mean", "squeeze_excite", "binary"]),
      PassCase(
        "fuse_mean",
        try Example("squeeze-excite after a depthwise convolution") {
          SqueezeExcitation(4, reducedChannels: 2, is3D: true)(depthwise(4)($0))
        }, ["depthwise", "squeeze_excite", "binary"]),
      PassCase(
        "fuse_mean",
        try Example("a use before the mean") {
          let y = depthwise(4)($0)
          return swish(y) + y.mean(axes: [2, 3, 4], keepsAxes: true)
        }, ["depthwise", "activation", "binary"]),
      PassCase(
        "fuse_prologue_activation", try Example("after a sum of other values") { pointwise(4, 6)(swish($0 + $0)) },
        ["binary", "pointwise"]),
      PassCase(
        "fuse_scale",
        try Example("squeeze-excite, swish, pointwise") {
          pointwise(4, 6)(swish(SqueezeExcitation(4, reducedChannels: 2, is3D: true)(depthwise(4)($0))))
        }, ["depthwise", "squeeze_excite", "pointwise"]),
      PassCase(
        "fuse_scale",
        try Example("the scale on the left, and a residual") {
          let scale = Activation.sigmoid($0.mean(axes: [2, 3, 4], keepsAxes: true))
          return $0 + pointwise(4, 4)(scale * $0)
        }, ["mean", "activation", "pointwise"]),
    ]
  }

  @Test func allPassesHaveACase() {
    #expect(Set(Self.positive.map(\.pass)) == Set(Pass.cpu.map(\.name)))
  }

  @Test(arguments: positive) func rewritesAndKeepsTheMeaning(_ example: PassCase) throws {
    let index = try #require(Pass.cpu.firstIndex { $0.name == example.pass })
    var program = try example.example.program()
    for pass in Pass.cpu[..<index] { program = try pass.run(program) }
    let text = program.graph.description
    let result = try Pass.cpu[index].run(program)
    #expect(result.operations == example.operations)
    #expect(program.graph.description == text)
    #expect(result.graph.nodes.count < program.graph.nodes.count || result.operations != program.operations)
    try program.expectSame(result, on: example.example.input)
    #expect(try Pass.cpu[index].run(result).graph.description == result.graph.description)
  }

  /// Cases in which a pass must leave something as it is: all passes run, and the operations after them are given.
  static let negative: [PassCase] = {
    do { return try leavingAlone() } catch { return [] }
  }()

  static func leavingAlone() throws -> [PassCase] {
    [
      PassCase(
        "batch norm of a convolution with two uses",
        try Example("1") {
          let y = depthwise(4)($0)
          return BatchNorm(4)(y) * y
        }, ["depthwise", "batch_norm", "binary"]),
      PassCase("batch norm without a convolution", try Example("2") { BatchNorm(4)($0) }, ["batch_norm"]),
      PassCase(
        "batch norm after an activation", try Example("3") { BatchNorm(4)(relu(depthwise(4)($0))) },
        ["depthwise", "batch_norm"]),
      PassCase(
        "batch norm of a linear map along another axis",
        try Example("4", shape: [2, 3, 4], isOpen: false) { BatchNorm(3)(Linear(4, 6)($0)) }, ["linear", "batch_norm"]),
      PassCase(
        "activation of a convolution with two uses",
        try Example("5") {
          let y = pointwise(4, 4)($0)
          return relu(y) * y
        }, ["pointwise", "activation", "binary"]),
      PassCase(
        "a sum of one value with itself",
        try Example("6") {
          let y = pointwise(4, 4)($0)
          return y + y
        }, ["pointwise", "binary"]),
      PassCase(
        "a sum that broadcasts",
        try Example("7") { pointwise(4, 4)($0) + $0.mean(axes: [2, 3, 4], keepsAxes: true) },
        ["pointwise", "mean", "binary"]),
      PassCase(
        "a sum after the activation", try Example("8") { $0 + relu(pointwise(4, 4)($0)) }, ["pointwise", "binary"]),
      PassCase("a difference", try Example("9") { $0 - pointwise(4, 4)($0) }, ["pointwise", "binary"]),
      PassCase(
        "a second residual", try Example("10") { $0 + ($0 + pointwise(4, 4)($0)) }, ["pointwise", "binary"]),
      PassCase(
        "a mean over time alone",
        try Example("11") {
          let y = depthwise(4)($0)
          return y * y.mean(axes: [2], keepsAxes: true)
        }, ["depthwise", "mean", "binary"]),
      PassCase(
        "two pointwise convolutions with a sigmoid on many positions",
        try Example("12") { Activation.sigmoid(pointwise(2, 4)(relu(pointwise(4, 2)($0)))) },
        ["pointwise", "pointwise"]),
      PassCase(
        "squeeze-excite that changes the number of channels",
        try Example("13") {
          Activation.sigmoid(pointwise(2, 6)(relu(pointwise(4, 2)($0.mean(axes: [2, 3, 4], keepsAxes: true)))))
        }, ["mean", "pointwise", "pointwise"]),
      PassCase(
        "a product of two values of full size",
        try Example("14") { pointwise(4, 6)($0 * relu($0)) }, ["activation", "binary", "pointwise"]),
      PassCase(
        "an activation with two uses before a pointwise convolution",
        try Example("15") {
          let y = relu($0)
          return y + pointwise(4, 4)(y)
        }, ["activation", "pointwise"]),
      PassCase(
        "a linear map of another axis", try Example("16", isOpen: false) { Linear(5, 2)($0).permuted(0, 1, 3, 2, 4) },
        ["linear", "permute"]),
      PassCase(
        "a linear map whose permuted input is used elsewhere",
        try Example("17") {
          let y = $0.permuted(0, 2, 3, 4, 1)
          return Linear(4, 4)(y) * y
        }, ["permute", "linear", "binary"]),
      PassCase(
        "a mean of a depthwise convolution that is an output too",
        try Example("18") { depthwise(4)($0).mean(axes: [2, 3, 4]) }, ["depthwise", "mean"]),
      PassCase(
        "maximum pooling to one position", try Example("19") { AdaptivePooling.maximum([1, 1, 1])($0) },
        ["adaptive_pool"]),
      PassCase(
        "average pooling to two positions", try Example("20") { AdaptivePooling.average([1, 1, 2])($0) },
        ["adaptive_pool"]),
    ]
  }

  @Test func negativeCasesAreThere() { #expect(Self.negative.count == 20) }

  @Test(arguments: negative) func leavesAlone(_ example: PassCase) throws {
    let program = try example.example.program()
    var result = program
    for pass in Pass.cpu { result = try pass.run(result) }
    #expect(result.operations == example.operations)
    try program.expectSame(result, on: example.example.input)
  }

  @Test func valuesThatAreOutputsStay() throws {
    let graph = Graph.build(inputs: [.clip(channels: 4)]) { inputs in
      let y = BatchNorm(4)(Self.depthwise(4)(inputs[0]))
      return [Self.relu(y), y]
    }
    let clip = RandomWeights.clips([1, 4, 2, 5, 5], seed: 1)
    let program = try ModelProgram(graph, weights: RandomWeights.make(for: graph, seed: 1, measuringOn: [clip]))
    var result = program
    for pass in Pass.cpu { result = try pass.run(result) }
    #expect(result.operations == ["depthwise", "activation"])
    try program.expectSame(result, on: clip)
  }

  @Test func aMatchedOperandWithOtherUsesStays() throws {
    let inner = Part<Operations.Activation>("inner")
    let outer = Part<Operations.Activation>("outer")
    let isReLU: @Sendable (Operations.Activation) -> Bool = { $0.function == .relu }
    let idempotent = Rewrite(
      "relu_of_relu",
      pattern: Pattern(outer, where: isReLU, operands: [.result(of: Pattern(inner, where: isReLU))])
    ) { match, rewriter throws(GraphError) in [try rewriter.value(for: match[inner].result)] }
    let example = try Example("relu twice") {
      let y = Self.relu($0)
      return Self.relu(Self.relu(y)) * y
    }
    let result = try Pass("simplify", [idempotent]).run(example.program())
    #expect(result.operations == ["activation", "binary"])
    try example.program().expectSame(result, on: example.input)
  }

  @Test func passesThatUndoEachOtherAreAnError() throws {
    let activation = Part<Operations.Activation>("activation")
    let flip = Rewrite("flip", pattern: Pattern(activation)) { match, rewriter throws(GraphError) in
      try rewriter.add(
        match[activation].operation, inputs: try rewriter.values(for: match[activation].inputs),
        standingFor: [match[activation].index])
    }
    let program = try Example("flip", Self.relu).program()
    #expect { _ = try Pass("flip", [flip]).run(program) } throws: { "\($0)".contains("undo each other") }
  }

  @Test func aRewriteThatUsesAValueBeforeItIsThereIsAnError() throws {
    let first = Part<Operations.Activation>("first")
    let second = Part<Operations.Binary>("second")
    // The replacement comes where the first node was, but takes the second's other operand, which is computed later.
    let early = Rewrite(
      "early", pattern: Pattern(second, operands: [.replaced(Pattern(first)), .anything])
    ) { match, rewriter throws(GraphError) in
      try rewriter.add(
        match[second].operation, inputs: try rewriter.values(for: match[second].inputs.reversed()),
        standingFor: [match[second].index])
    }
    let program = try Example("early") { Self.relu($0) + Self.swish($0) }.program()
    #expect { _ = try Pass("early", [early]).run(program) } throws: { "\($0)".contains("before it is computed") }
  }

  @Test func weightsThatTwoConvolutionsShareAreFoldedForEach() throws {
    let example = try Example("shared") { x in
      let weight = x.builder.parameter("weight", shape: [4, 4, 1, 1, 1])
      let convolution = Operations.Convolution(window: Window(kernel: [1, 1, 1]))
      let y = BatchNorm(4)(x.applying(convolution, weight))
      return BatchNorm(4)(y.applying(convolution, weight)).applying(convolution, weight)
    }
    let deployed = try Transmuter(target: .host).deploy(example.graph, weights: example.weights)
    #expect(deployed.weights.keys.filter { $0.hasPrefix("weight") }.sorted() == ["weight", "weight_2", "weight_3"])
    try example.program().expectSame(deployed.program, on: example.input)
  }
}
