import IR
@testable import Architectures
import Preprocessing
import TestSupport
import Tensors
import Testing

/// Whole networks against PyTorchVideo: weights and clips from a seed, batch-norm statistics measured on the clips.
@Suite struct ModelParityTests {
  static let fixture = (try? Fixture("models/models.json"))?.cases ?? []

  @Test func fixtureIsThere() { #expect(Self.fixture.count >= 10 && Self.stateDicts.count >= 22) }

  /// Returns a network's inputs made of a clip.
  private func inputs(_ architecture: Architecture, of clips: Tensor) throws -> [Tensor] {
    let shape = clips.shape
    let recipe = try ClipRecipe(frameCount: shape[2], samplingRate: 1, shortSide: shape[4], cropSize: shape[4])
    return try ClipInputs(recipe, strides: architecture.frameStrides).tensors(of: clips)
  }

  @Test(.slow, arguments: fixture) func logitsAgreeWithPyTorchVideo(_ example: FixtureCase) throws {
    let architecture = try architecture(example)
    let graph = try architecture.graph()
    let seed = try example.seed()
    let clips = RandomWeights.clips(try example.field.required("shape").ints(), seed: seed)
    let inputs = try inputs(architecture, of: clips)
    let weights = try RandomWeights.make(for: graph, seed: seed, measuringOn: inputs)
    let logits = try Interpreter(graph, weights: weights).run(inputs)[0]
    let expected = try example.output()
    #expect(logits.shape == expected.shape)
    // A network that ignored its input would be right about the mean alone.
    #expect(relativeError(meanRemoved(logits), meanRemoved(expected)) < 1e-4)
  }

  @Test(.slow) func featuresAgreeWithPyTorchVideo() throws {
    for example in Self.fixture {
      guard let features = try example.field.optional("features")?.doubles() else { continue }
      var architecture = try architecture(example)
      let seed = try example.seed()
      let clips = RandomWeights.clips(try example.field.required("shape").ints(), seed: seed)
      architecture.head = .none
      let graph = try architecture.graph()
      let weights = try RandomWeights.make(for: graph, seed: seed, measuringOn: [clips])
      let map = try Interpreter(graph, weights: weights).run([clips])[0]
      let means = Tensor(features.map { Float($0) }, shape: [map.shape[0], map.shape[1]])
      let found = Operations.Mean(axes: [2, 3, 4]).evaluate([map])[0]
      #expect(relativeError(meanRemoved(found), meanRemoved(means)) < 1e-4, "\(example.name)")
    }
  }

  static let stateDicts = ["state_dicts", "movinet_stream_state_dicts"].flatMap { name in
    (try? Fixture("models/\(name).json"))?.cases ?? []
  }

  @Test(arguments: stateDicts)
  func parametersAreThoseOfPyTorchVideo(_ example: FixtureCase) throws {
    let architecture = try Architecture(named: example.name)
    let graph = try architecture.graph()
    let buffers = graph.parameters.filter { $0.path.hasSuffix("running_var") }
    #expect(graph.weightCount == (try example.field.required("parameter_count").int()))
    #expect(graph.parameters.count + buffers.count == (try example.field.required("entry_count").int()))
    var lines: [String] = []
    for parameter in graph.parameters {
      let shape = (graph.type(parameter.value).fixedShape ?? []).map(String.init).joined(separator: ",")
      lines.append("\(parameter.path) \(shape)")
      // PyTorch counts batches beside each variance; the graph has no use for it.
      if parameter.path.hasSuffix("running_var") {
        lines.append("\(parameter.path.dropLast("running_var".count))num_batches_tracked ")
      }
    }
    if let entries = try example.field.optional("entries")?.elements() {
      let expected = try entries.map { entry in
        let parts = try entry.elements()
        return "\(try parts[0].string()) \(try parts[1].ints().map(String.init).joined(separator: ","))"
      }
      #expect(Set(lines) == Set(expected))
    }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in lines.joined(separator: "\n").utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    #expect(String(hash, radix: 16) == (try example.field.required("fnv1a64").string()))
    for count in try example.field.required("multiply_adds").elements() {
      let clip = try count.required("shape").ints()
      let shapes = architecture.frameStrides.map { stride in [1, 3, clip[2] / stride, clip[3], clip[4]] }
      #expect(try graph.specialized(to: shapes).multiplyAdds().reduce(0, +) == count.required("multiply_adds").int())
    }
  }

  @Test func fixedPoolingWindowThatDoesNotFitIsAnErrorThatNamesTheShapes() throws {
    let graph = try Architecture(named: "x3d_xs").graph()
    #expect {
      _ = try graph.specialized(to: [[1, 3, 4, 128, 128]])
    } throws: { error in
      "\(error)".contains("pool in blocks.5.pool") && "\(error)".contains("float32[1, 432, 4, 4, 4]")
    }
    #expect {
      _ = try graph.specialized(to: [[1, 3, 3, 160, 160]])
    } throws: { "\($0)".contains("axis 2, which has 3") }
  }

  private func architecture(_ example: FixtureCase) throws -> Architecture {
    let options = try example.field.required("options")
    let builder = try example.field.required("builder").string()
    guard builder == "create_x3d" else {
      var architecture = try Architecture(named: builder)
      if let window = try example.field.optional("window")?.ints() {
        return try architecture.narrowed(options, window: window)
      }
      if var configuration = architecture.configuration as? MoViNetConfiguration {
        configuration.classCount = try options.required("num_classes").int()
        configuration.hiddenChannels = try options.required("hidden").int()
        configuration.cropSize = try example.field.required("shape").ints()[4]
        return .moViNet(configuration)
      }
      if var configuration = architecture.configuration as? EfficientX3DConfiguration {
        configuration.classCount = try options.optional("num_classes")?.int() ?? configuration.classCount
        configuration.dropout = Float(try options.optional("dropout")?.double() ?? Double(configuration.dropout))
        if let name = try options.optional("head_act")?.string() {
          configuration.headActivation = .init(rawValue: name) ?? .softmax
        }
        architecture = .efficientX3D(configuration)
      }
      return architecture
    }
    return .x3d(try X3DConfiguration(pyTorchVideo: options))
  }
}

extension X3DConfiguration {
  /// The options of `create_x3d` by their names in PyTorchVideo; an unknown one is an error.
  init(pyTorchVideo options: JSONField) throws {
    self.init()
    for (key, field) in try options.entries() {
      let name = (try? field.string())?.lowercased() ?? "identity"
      let act = Architectures.Activation(rawValue: name.replacing("hardswish", with: "hswish")) ?? .identity
      switch key {
      case "model_num_class": classCount = try field.int()
      case "width_factor": widthFactor = try field.double()
      case "depth_factor": depthFactor = try field.double()
      case "bottleneck_factor": bottleneckFactor = try field.double()
      case "input_clip_length": clipLength = try field.int()
      case "input_crop_size": cropSize = try field.int()
      case "norm_eps": epsilon = Float(try field.double())
      case "dropout_rate": dropout = Float(try field.double())
      case "stem_dim_in": stemChannels = try field.int()
      case "stem_conv_kernel_size": stemKernel = try field.ints()
      case "stem_conv_stride": stemStride = try field.ints()
      case "stage_conv_kernel_size": stageKernels = try field.elements().map { try $0.ints() }
      case "stage_spatial_stride": stageSpatialStrides = try field.ints()
      case "stage_temporal_stride": stageTemporalStrides = try field.ints()
      case "se_ratio": seRatio = try field.double()
      case "activation": activation = act
      case "inner_act": innerActivation = act
      case "head_dim_out": headChannels = try field.int()
      case "head_bn_lin5_on": headBatchNorm = try field.bool()
      case "head_activation": headActivation = act
      case "head_pool_act": headPoolActivation = act
      case "head_output_with_global_average": headAveragesPositions = try field.bool()
      default: throw field.error("is an option without a test")
      }
    }
  }
}

extension Architecture {
  /// Returns a residual network of PyTorchVideo's hub with options by their names there; an unknown one is an error.
  func narrowed(_ options: JSONField, window: [Int]) throws -> Architecture {
    var (resNet, slowFast) = (configuration as? ResNetConfiguration, configuration as? SlowFastConfiguration)
    for (key, field) in try options.entries() {
      switch key {
      case "model_num_class":
        resNet?.classCount = try field.int()
        slowFast?.classCount = try field.int()
      case "stem_dim_out": resNet?.trunk.stemChannels = try field.int()
      case "stem_dim_outs":
        slowFast?.slow.stemChannels = try field.ints()[0]
        slowFast?.fast.stemChannels = try field.ints()[1]
      case "model_depth": resNet?.trunk.blockCounts = [3, 4, 6, 3]
      case "head_activation": resNet?.headActivation = .softmax
      default: throw field.error("is an option without a test")
      }
    }
    if let slowFast { return Architecture(slowFast).fitting(frameCount: window[0], cropSize: 32 * window[1]) }
    return try Architecture(#require(resNet)).fitting(window: window)
  }

  /// Returns the network for the smallest clips whose feature map fills a pooling window.
  private func fitting(window: [Int]) throws -> Architecture {
    let fitted = (1...128).lazy.map { fitting(frameCount: $0, cropSize: 32 * window[1]) }.first {
      ($0.configuration as? ResNetConfiguration)?.poolKernel ?? window == window
    }
    return try #require(fitted)
  }
}
