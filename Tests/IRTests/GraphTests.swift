import Tensors
import TestSupport
import Testing

@testable import IR

@Suite struct GraphTests {
  /// A network of two convolutions and a residual sum over a clip of open size.
  @Test func symbolsFlowThroughShapeInference() throws {
    let graph = TinyNetwork.graph()
    try graph.verify()
    #expect(graph.type(graph.nodes[0].results[0]).description == "float32[N, 4, T, (H+1)/2, (W+1)/2]")
    #expect(graph.type(graph.outputs[0]).description == "float32[N, 4]")
  }

  @Test func specializingGivesNumbersAndMultiplyAdds() throws {
    let graph = try TinyNetwork.graph().specialized(to: [[2, 3, 4, 9, 12]])
    #expect(graph.type(graph.nodes[1].results[0]).fixedShape == [2, 4, 4, 5, 6])
    #expect(graph.multiplyAdds()[0...1] == [2 * 4 * 4 * 5 * 6 * 27, 2 * 4 * 4 * 5 * 6 * 27])
  }

  @Test func textFormNamesEveryOperationItsTypeAndScope() throws {
    let lines = TinyNetwork.graph().description.split(separator: "\n")
    #expect(lines[0] == "graph(clip: float32[N, 3, T, H, W])")
    #expect(lines[1] == "  parameter stem.weight: float32[4, 3, 1, 3, 3]")
    #expect(lines[3].hasPrefix("  %2 = convolution(clip, stem.weight) {window: {kernel: [1, 3, 3], stride: [1, 2, 2]"))
    #expect(lines[3].hasSuffix("float32[N, 4, T, (H+1)/2, (W+1)/2]  // stem"))
    #expect(lines.last == "  return %7")
  }

  @Test func codingKeepsTheGraph() throws {
    let graph = TinyNetwork.graph()
    let json = try graph.encoded()
    let parsed = try JSON(parsing: Array(json.text().utf8), path: "graph")
    let copy = try Graph(decoding: parsed.document(path: "graph"))
    #expect(copy.description == graph.description)
    let values: [Float] = (0..<300).map { Float($0 % 11) }
    let clip = Tensor(values, shape: [2, 3, 2, 5, 5])
    let results = try [graph, copy].map { try Interpreter($0, weights: TinyNetwork.weights($0)).run([clip])[0] }
    #expect(results[0] == results[1])
  }

  @Test func everyOperationIsCoded() throws {
    let examples: [any Operation] = [
      Operations.Convolution(
        window: Window(
          kernel: [1, 2], stride: [3, 4], paddingBefore: [5, 6], paddingAfter: [7, 8], dilation: [9, 10]), groups: 2),
      Operations.Linear(), Operations.MatMul(), Operations.BatchNorm(epsilon: 1e-5),
      Operations.LayerNorm(epsilon: 1e-3),
      Operations.Softmax(axis: 1),
      Operations.Pool(.maximum, window: Window(kernel: [2, 2]), countsPadding: false, roundsUp: true),
      Operations.AdaptivePool(.average, outputSize: [1, 2]), Operations.Mean(axes: [2], keepsAxes: true),
      Operations.TemporalSimilarity(frameCount: 5),
      Operations.Activation(.hardSwish), Operations.Binary(.subtract), Operations.Dropout(rate: 0.25),
      Operations.Concat(axis: 1), Operations.Reshape([0, -1]), Operations.Permute([1, 0]),
      Operations.Slice(axis: 0, start: -3, end: 9, step: 2), Operations.Pad(before: [1], after: [2], value: -0.1),
      Operations.Pointwise(
        stride: [1, 2, 2], activation: .relu, prologueActivation: .swish, hasScale: true, hasResidual: true),
      Operations.Depthwise(window: Window(kernel: [3, 3, 3], padding: [1, 1, 1]), emitsMean: true),
      Operations.FusedConvolution(window: Window(kernel: [1, 3]), groups: 3, activation: .gelu, hasResidual: true),
      Operations.SqueezeExcite(activation: .hardSwish), Operations.SqueezeExcite(activation: nil, gate: .hardSigmoid),
      Operations.TransposedConvolution(window: Window(kernel: [3], stride: [2]), groups: 2, extra: [1]),
      Operations.Einsum("bij,bjk->bik"), Operations.GRU(direction: .reverse, resetsProduct: true),
      Operations.LSTM(direction: .bidirectional, hasInitialState: true, hasPeepholes: true),
      Operations.RMSNorm(epsilon: 1e-6), Operations.GroupNorm(groups: 2, epsilon: 1e-5),
      Operations.LogSoftmax(axis: 1),
      Operations.Resize(
        axes: [2, 3], factors: [2, 0.5], mode: .cubic, coordinates: .alignCorners, rounding: .ceil,
        cubicCoefficient: -0.5, excludesOutside: true, antialiases: true),
      Operations.Reduce(.logSumExp, axes: [1, 2], keepsAxes: true),
      Operations.ArgReduce(.minimum, axis: 1, keepsAxis: true, selectsLast: true),
      Operations.TopK(.minimum, count: 3, axis: 2),
      Operations.CumulativeSum(axis: 1, excludesOwn: true, isReversed: true),
      Operations.ParametricActivation(.selu, alpha: 1.5, beta: 0.5), Operations.PRelu(), Operations.Unary(.isNaN),
      Operations.Select(), Operations.Cast(to: .bfloat16), Operations.Split(axis: 1, lengths: [1, 2]),
      Operations.Expand(shape: [3, 1]), Operations.Tile(repeats: [1, 2]),
      Operations.Triangle(keepsUpper: true, diagonal: -1),
      Operations.DepthToSpace(blockSize: 2, keepsChannelsTogether: true), Operations.SpaceToDepth(blockSize: 3),
      Operations.Gather(axis: 1), Operations.GatherElements(axis: 2), Operations.GatherND(batchRank: 1),
      Operations.ScatterElements(axis: 1, reduction: .add), Operations.ScatterND(),
      Operations.OneHot(axis: 1, length: 4),
      Operations.Constant([Tensor([Int64(-1), 1 << 40], shape: [2]), Tensor([Float.infinity], shape: [])]),
      Operations.Shape(), Operations.IntegerRange(), Operations.ReshapeTo(), Operations.ExpandTo(),
      Operations.SliceTo(axis: 2, step: -1),
    ]
    #expect(Set(examples.map(\.name)) == Set(OperationRegistry.byName.keys))
    for example in examples {
      let text = try JSON(encoding: example).text()
      let field = try JSON(parsing: Array(text.utf8), path: "x").document(path: "x")
      let kind = try #require(OperationRegistry.byName[example.name])
      let decoded = try field.decode(kind)
      #expect(example.isEqual(to: decoded), "\(text)")
    }
  }

  @Test func aMistakeNamesTheOperationItsScopeAndTheShapes() throws {
    let graph = Graph.build(input: .clip(channels: 3)) { clip in
      clip.builder.scoped("net") {
        clip.builder.scoped("conv") {
          clip.applying(
            Operations.Convolution(window: Window(kernel: [1, 1, 1])),
            clip.builder.parameter("weight", shape: [8, 4, 1, 1, 1]))
        }
      }
    }
    #expect(throws: GraphError.self) { try graph.verify() }
    let error = thrown(GraphError.self) { try Interpreter(graph, weights: [:]) }
    #expect(
      error?.description
        == "convolution in net.conv cannot take (float32[N, 3, T, H, W], float32[8, 4, 1, 1, 1]): "
        + "the weight must be [8, 3, 1, 1, 1]")
  }

  @Test func twoLayersWithOnePathAreRefused() {
    let graph = Graph.build(input: .image(channels: 3)) { image in
      let weight = { image.builder.parameter("weight", shape: [3]) }
      return image.mean(axes: [2, 3]) * weight() * weight()
    }
    #expect(throws: GraphError.duplicatePath("weight")) { try graph.verify() }
  }

  @Test(arguments: [
    (shape: [1, 4, 2, 5, 5], problem: "input 'clip' must be float32[N, 3, T, H, W], not float32[1, 4, 2, 5, 5]"),
    (shape: [1, 3, 5, 5], problem: "not float32[1, 3, 5, 5]"),
    (shape: [1, 3, 2, -1, 5], problem: "not float32[1, 3, 2, -1, 5]"),
  ])
  func inputsThatDoNotFitAreRefused(_ example: (shape: [Int], problem: String)) {
    #expect {
      _ = try TinyNetwork.graph().specialized(to: [example.shape])
    } throws: { "\($0)".contains(example.problem) }
  }

  @Test func missingAndMisshapenWeightsAreRefused() {
    let graph = TinyNetwork.graph()
    #expect(throws: GraphError.self) { try Interpreter(graph, weights: [:]) }
    var weights = TinyNetwork.weights(graph)
    weights["stem.weight"] = Tensor(zeros: [4, 3, 3, 3])
    #expect {
      _ = try Interpreter(graph, weights: weights)
    } throws: { "\($0)" == "parameter 'stem.weight' must be float32[4, 3, 1, 3, 3], not float32[4, 3, 3, 3]" }
  }

  @Test func valuesThatNoMemoryHoldsAreRefusedBeforeRunning() throws {
    let graph = Graph.build(input: .image(channels: 1)) { image in
      (0..<8).reduce(image) { x, _ in x.applying(Operations.Pad(before: [0, 0, 9999, 9999], after: [0, 0, 0, 0])) }
        .applying(Operations.Pad(before: [1 << 20, 0, 0, 0], after: [0, 0, 0, 0]))
    }
    let interpreter = try Interpreter(graph, weights: [:])
    #expect {
      _ = try interpreter.run([Tensor(zeros: [1, 1, 1, 1])])
    } throws: { "\($0)".contains("too large") }
  }

  /// Damages one part of a valid graph's JSON at a time: reading must fail with an error, not crash.
  @Test(arguments: [
    ("\"operation\":\"convolution\"", "\"operation\":\"evolution\"", "not an operation"),
    ("\"inputs\":[\"clip\",\"stem.weight\"]", "\"inputs\":[\"clip\",\"%99\"]", "not defined"),
    ("\"groups\":4", "\"groups\":3", "groups"),
    ("\"groups\":4", "\"groups\":0", "groups"),
    ("\"kernel\":[1,3,3]", "\"kernel\":[1,3]", "axes"),
    ("\"kernel\":[1,3,3]", "\"kernel\":[1,3,9223372036854775807]", "must be 1 or more"),
    ("\"stride\":[1,2,2]", "\"stride\":[1,0,2]", "must be 1 or more"),
    ("\"outputs\":[\"%7\"]", "\"outputs\":[]", "no output"),
    ("\"role\":\"weight\"", "\"role\":\"gewicht\"", "weight or buffer"),
    ("\"shape\":[4,3,1,3,3]", "\"shape\":[4,3,1,3,-3]", "sensible length"),
    ("\"shape\":[4,3,1,3,3]", "\"shape\":[4,\"C\",1,3,3]", "not known"),
    ("\"path\":\"branch.weight\"", "\"path\":\"stem.weight\"", "twice"),
    ("\"axes\":[2,3,4]", "\"axes\":[2,3,5]", "axis 5"),
  ])
  func damagedGraphsAreRefused(_ original: String, _ damaged: String, _ problem: String) throws {
    let text = try TinyNetwork.graph().encoded().text()
    try #require(text.contains(original))
    let broken = text.replacing(original, with: damaged, maxReplacements: 1)
    #expect {
      _ = try Graph(decoding: JSON(parsing: Array(broken.utf8), path: "graph").document(path: "graph"))
    } throws: { $0 is any UserFacingError && "\($0)".contains(problem) }
  }

  /// Values without an upper bound, as where ONNX gives only the lower one.
  @Test func attributesKeepInfinities() throws {
    let graph = Graph.build(input: .clip(channels: 3)) { clip in
      clip.applying(Operations.ParametricActivation(.clip, alpha: 1e-12, beta: .infinity))
        .applying(Operations.ParametricActivation(.clip, alpha: -.infinity, beta: 2))
    }
    let text = try graph.encoded().text()
    #expect(text.contains(#""beta":"inf""#) && text.contains(#""alpha":"-inf""#))
    let copy = try Graph(decoding: JSON(parsing: Array(text.utf8), path: "graph").document(path: "graph"))
    #expect(copy.description == graph.description)
    #expect(throws: FormatError.self) {
      let broken = Array(text.replacing(#""inf""#, with: #""infinite""#).utf8)
      _ = try Graph(decoding: JSON(parsing: broken, path: "graph").document(path: "graph"))
    }
  }

  @Test func theInterpreterShowsEachOperationItsInputs() throws {
    let graph = TinyNetwork.graph()
    var seen: [String] = []
    _ = try Interpreter(graph, weights: TinyNetwork.weights(graph)).run([Tensor(zeros: [1, 3, 2, 5, 5])]) {
      node, operands in
      seen.append("\(node.operation.name) \(operands[0])")
    }
    #expect(seen.first == "convolution float32[1, 3, 2, 5, 5]")
    #expect(seen.count == graph.nodes.count)
  }
}
