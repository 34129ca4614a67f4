import PassTestSupport
import Models
import Passes
import IR
import Architectures
import TestSupport
import Tensors
import Testing

@Suite struct TransmuterTests {
  /// Small networks of the two families, with a clip to run them on.
  static let networks: [(name: String, architecture: Architecture, clip: [Int])] = {
    var narrow = X3DConfiguration()
    (narrow.classCount, narrow.widthFactor, narrow.depthFactor, narrow.bottleneckFactor) = (11, 1, 1, 1.5)
    (narrow.clipLength, narrow.cropSize, narrow.headChannels) = (4, 64, 48)
    var strided = narrow
    (strided.stemKernel, strided.stemStride) = ([3, 5, 5], [2, 1, 1])
    strided.stageKernels = [[3, 3, 3], [1, 3, 3], [5, 3, 3], [3, 5, 5]]
    (strided.stageSpatialStrides, strided.stageTemporalStrides) = ([1, 2, 2, 2], [1, 2, 1, 1])
    (strided.clipLength, strided.cropSize, strided.innerActivation) = (8, 40, .hardSwish)
    (strided.headBatchNorm, strided.headActivation) = (true, .sigmoid)
    var bare = narrow
    (bare.seRatio, bare.activation, bare.innerActivation, bare.headPoolActivation) = (
      0, .identity, .identity, .identity
    )
    bare.headAveragesPositions = false
    var efficient = EfficientX3DConfiguration(.xs)
    (efficient.classCount, efficient.headActivation) = (7, .hardSwish)
    var features = narrow
    features.head = .features
    return [
      ("narrow X3D", .x3d(narrow), [2, 3, 4, 64, 64]), ("strided X3D", .x3d(strided), [2, 3, 9, 44, 42]),
      ("bare X3D", .x3d(bare), [1, 3, 5, 66, 72]), ("features of X3D", .x3d(features), [1, 3, 4, 64, 64]),
      ("EfficientX3D", .efficientX3D(efficient), [2, 3, 4, 70, 54]),
    ]
  }()

  @Test(.slow, arguments: networks.map(\.name)) func everyPassKeepsTheMeaningOfNetworks(_ name: String) throws {
    let network = try #require(Self.networks.first { $0.name == name })
    let graph = try network.architecture.graph()
    let clip = RandomWeights.clips(network.clip, seed: 4)
    let weights = try RandomWeights.make(for: graph, seed: 4, measuringOn: [clip])
    let original = try ModelProgram(graph, weights: weights)
    let expected = try original.outputs(clip)[0]
    var program = original
    for pass in Pass.cpu {
      let before = program.graph.description
      program = try pass.run(program)
      if program.graph.description == before { continue }
      let found = try program.outputs(clip)[0]
      #expect(found.shape == expected.shape)
      #expect(relativeError(found, expected) < 1e-5, "\(pass.name)")
    }
    #expect(
      Set(program.operations).isDisjoint(with: ["convolution", "batch_norm", "dropout", "permute", "linear", "binary"]))
  }

  @Test(arguments: ["x3d_xs", "efficient_x3d_xs"])
  func allConvolutionsOfX3DAreOnEfficientBlocks(_ name: String) throws {
    let graph = try Architecture(named: name).graph()
    let deployed = try Transmuter(target: .mobileCPU).deploy(
      Model(name: "test", graph: graph, weights: Self.zeros(for: graph)), inputShapes: [[1, 3, 4, 160, 160]])
    #expect(deployed.report.efficientShare == 1)
    #expect((deployed.report.convolutionMultiplyAdds ?? 0) > 500_000_000)
    // 11 + 2·stages blocks of three convolutions, four shortcuts, stem and head; the shares add up.
    let counts = deployed.report.onEfficientBlocks.compactMap(\.multiplyAdds)
    let before = try graph.specialized(to: [[1, 3, 4, 160, 160]]).multiplyAdds().reduce(0, +)
    #expect(counts.reduce(0, +) == before)
    #expect(Set(deployed.report.notOnEfficientBlocks.map(\.operation)).isSubset(of: ["pool", "mean"]))
    let after = try deployed.model.graph.specialized(to: [[1, 3, 4, 160, 160]]).multiplyAdds().reduce(0, +)
    #expect(after == counts.reduce(0, +))
  }

  /// Weights for a test that does not run the network.
  static func zeros(for graph: Graph) -> [String: Tensor] {
    Dictionary(
      uniqueKeysWithValues: graph.parameters.map {
        ($0.path, Tensor(zeros: graph.type($0.value).fixedShape ?? []))
      })
  }

  @Test func aBottleneckBecomesThreeOperations() throws {
    let example = try Example("bottleneck", shape: [1, 8, 3, 6, 6]) {
      X3DBottleneckBlock(8, mid: 16, out: 8, activations: (.relu, .swish, .relu))($0)
    }
    let deployed = try Transmuter(target: .x86CPU).deploy(
      Model(name: "test", graph: example.graph, weights: example.weights))
    let replaced = deployed.report.onEfficientBlocks.map { entry in
      "\(entry.block ?? ""): " + entry.replaced.map(\.label).joined(separator: " ")
    }
    #expect(
      replaced == [
        "pointwise: convolution batch_norm relu",
        "depthwise_3x3x3: convolution batch_norm mean",
        "squeeze_excite: convolution relu convolution sigmoid",
        "pointwise: multiply swish convolution batch_norm add relu",
      ])
    #expect(deployed.report.notOnEfficientBlocks.isEmpty)
    #expect(
      deployed.report.onEfficientBlocks.map(\.path).prefix(2) == [
        "0.layers.conv_0.kernel.conv", "0.layers.conv_1.kernel.conv",
      ])
  }

  @Test func aRuleOfTheUsersComesFirst() throws {
    // 1×1×1 convolutions with a batch norm behind the device's back: as linear maps of permuted values.
    let convolution = Part<Operations.Convolution>("convolution")
    let rule = Rewrite(
      "mine", block: "mine", pattern: Pattern(convolution, where: { $0.window.kernel == [1, 1, 1] && $0.groups == 1 }),
      refusal: { match in
        match.type(match[convolution].inputs[1]).shape[0] == 6 ? nil : "it does not have 6 channels"
      }
    ) { match, rewriter throws(GraphError) in
      let part = match[convolution]
      let weight = match.tensor(part.inputs[1]) ?? Tensor(zeros: [0])
      let last = try rewriter.add(
        Operations.Permute([0, 2, 3, 4, 1]), inputs: [try rewriter.value(for: part.inputs[0])],
        standingFor: [part.index])
      let mapped = try rewriter.add(
        Operations.Linear(),
        inputs: last + [rewriter.addParameter("mine", weight.reshaped(to: Array(weight.shape.prefix(2))))],
        standingFor: [part.index])
      return try rewriter.add(Operations.Permute([0, 4, 1, 2, 3]), inputs: mapped, standingFor: [part.index])
    }
    let example = try Example("user's rule") {
      Conv3d(6, 2, kernel: [1, 1, 1], bias: false)(Conv3d(4, 6, kernel: [1, 1, 1], bias: false)($0))
    }
    let deployed = try Transmuter(target: .mobileCPU, rules: [rule]).deploy(
      Model(name: "test", graph: example.graph, weights: example.weights))
    #expect(deployed.program.operations == ["permute", "linear", "permute", "pointwise"])
    #expect(deployed.report.entries.map(\.block) == ["mine", "mine", "mine", "pointwise"])
    try example.program().expectSame(deployed.program, on: example.input)
  }

  @Test func fp16KeepsEachWeightInHalfTheBytes() throws {
    let example = try Example("half") { BatchNorm(6)(Conv3d(4, 6, kernel: [1, 1, 1])($0)) }
    let transmuter = Transmuter(target: .host)
    let single = try transmuter.deploy(Model(name: "test", graph: example.graph, weights: example.weights))
    let half = try transmuter.deploy(
      Model(name: "test", graph: example.graph, weights: example.weights), precision: .fp16)
    #expect(half.model.graph.description == single.model.graph.description)
    // Rounded once, after batch norms are folded.
    #expect(half.model.weights == single.model.weights.mapValues { $0.converted(to: .float16) })
    let (expected, found) = (try single.program.outputs(example.input), try half.program.outputs(example.input))
    #expect((1e-6..<2e-3).contains(relativeError(found[0], expected[0])))
  }

  @Test func aWeightBeyondFp16IsToldWithItsName() throws {
    let example = try Example("large") { Conv3d(4, 6, kernel: [1, 1, 1])($0) }
    let path = try #require(example.weights.keys.first { example.weights[$0]?.shape.count == 5 })
    let count = example.weights[path]?.count ?? 0
    var weights = example.weights
    weights[path] = Tensor([Float](repeating: 1e5, count: count), shape: [6, 4, 1, 1, 1])
    #expect(throws: GraphError.overflow(parameter: path, value: 1e5, .fp16)) {
      try Transmuter(target: .host).deploy(
        Model(name: "test", graph: example.graph, weights: weights), precision: .fp16)
    }
  }

  @Test func theInputStaysAsItIs() throws {
    let example = try Example("input") { BatchNorm(6)(Conv3d(4, 6, kernel: [1, 1, 1])($0)) }
    let (text, weights) = (example.graph.description, example.weights)
    _ = try Transmuter(target: .host).deploy(Model(name: "test", graph: example.graph, weights: example.weights))
    #expect(example.graph.description == text)
    #expect(example.weights == weights)
  }

  @Test func missingWeightsAndUnknownTargetsAreErrors() throws {
    let example = try Example("missing") { Conv3d(4, 6, kernel: [1, 1, 1])($0) }
    #expect {
      _ = try Transmuter(target: .host).deploy(Model(name: "test", graph: example.graph, weights: [:]))
    } throws: {
      "\($0)" == "parameter '0.weight' (float32[6, 4, 1, 1, 1]) has no value"
    }
    #expect { _ = try TargetDevices.named("gpu") } throws: {
      "\($0)" == "there is no target device 'gpu': choose one of mobile_cpu, x86_cpu, host"
    }
    #expect(try TargetDevices.named("mobile_cpu").name == "mobile_cpu")
  }

  @Test func theReportSaysWhatWhereAndWhy() throws {
    let example = try Example("report") {
      let y = Dropout(0.5)(BatchNorm(6)(Conv3d(4, 6, kernel: [1, 1, 1])($0, name: "conv")), name: "drop")
      return Conv3d(6, 2, kernel: [2, 3, 3], groups: 2)(y, name: "grouped")
    }
    let deployed = try Transmuter(target: .x86CPU).deploy(
      Model(name: "test", graph: example.graph, weights: example.weights), inputShapes: [[1, 4, 3, 6, 5]])
    var report = deployed.report
    #expect(
      report.text == """
        target x86_cpu, fp32
        45.4 % of the convolutions' 0.0 million multiply-adds are on efficient blocks

        on efficient blocks
          conv  pointwise  for convolution + batch_norm

        not on an efficient block
          grouped  fused_convolution  for convolution  x86_cpu has no efficient block for fused_convolution of window [2, 3, 3]

        removed
          drop  dropout
        """)
    #expect(report.json["not_on_efficient_blocks"]?[0]?["path"] == "grouped")
    #expect(report.json["on_efficient_blocks"]?[0]?["replaces"]?[1] == ["path": "0", "operation": "batch_norm"])
    #expect(report.json["convolution_multiply_adds"] == 4752)
    #expect(report.json["removed"]?[0]?["operation"] == "dropout")
    report.steps = .init(try deployed.model.plan(inputShapes: [1, 4, 3, 6, 5]))
    #expect(report.text.contains("\n\(report.steps?.count ?? 0) steps, all of them on kernels\n"))
    #expect(report.json["steps"]?["reference"] == [])
  }

  /// What is many times there is one line, and what is slow is said.
  @Test func theReportOfALongNetworkIsShort() throws {
    let example = try Example("long", shape: [2, 3, 4], isOpen: false) { x in
      let turned = (0..<6).reduce(x) { y, _ in
        y.applying(Operations.Activation(.tanh)).applying(Operations.CumulativeSum(axis: 1))
      }
      return turned
    }
    let deployed = try Transmuter(target: .x86CPU).deploy(
      Model(name: "test", graph: example.graph, weights: example.weights))
    var report = deployed.report
    report.steps = .init(try deployed.model.plan(inputShapes: [2, 3, 4]))
    let text = report.text
    #expect(text.contains("6 of the \(report.steps?.count ?? 0) steps run on reference kernels, which are slow"))
    #expect(text.components(separatedBy: "x86_cpu has no efficient block for activation").count == 2)
    #expect(text.contains("(6 places)"))
    #expect(report.json["steps"]?["reference"]?[5]?["kernel"] == "reference_cumulative_sum")
  }
}
