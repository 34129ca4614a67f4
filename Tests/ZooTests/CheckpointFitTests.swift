import ModelTestSupport
import IR
import Formats
import Architectures
import Preprocessing
import Tensors
import TestSupport
import Testing

@testable import Zoo

/// Checkpoints as people have them, as weights of the zoo's models.
@Suite struct CheckpointFitTests {
  private static let slowFast = (try? Fixture("models/slowfast.json"))?.cases ?? []

  /// SlowFast's names and shapes, with the numbers that its own code was run with.
  private static func tensors(_ example: FixtureCase) throws -> NamedTensors {
    let seed = try example.seed()
    var tensors = NamedTensors()
    for entry in try example.field.required("entries").elements() {
      let parts = try entry.elements()
      let (name, shape) = (try parts[0].string(), try parts[1].ints())
      let count = shape.reduce(1, *)
      let generator = CounterGenerator(seed: seed, name: name)
      if name.hasSuffix("num_batches_tracked") {
        tensors[name] = Tensor([0] as [Int64], shape: [])
        continue
      }
      let values = (0..<count).map { index -> Float in
        let unit = generator.unit(index)
        if shape.count >= 2 { return unit * Float((6 / Double(shape[1...].reduce(1, *))).squareRoot()) }
        let isScale = name.hasSuffix("weight") || name.hasSuffix("running_var")
        return isScale ? 1 + 0.25 * unit : 0.25 * unit
      }
      tensors[name] = Tensor(values, shape: shape)
    }
    return tensors
  }

  /// The shortcut's batch norm that only SlowFast's X3D has is in the weights: the logits are SlowFast's.
  @Test func slowFastsX3DComputesWhatSlowFastComputes() throws {
    let example = try #require(Self.slowFast.first)
    let tensors = try Self.tensors(example)
    #expect(tensors["s2.pathway0_res0.branch1_bn.weight"] != nil)
    // With 16 channels at the stem all widths are multiples of 8, where both ways to round them agree.
    var options = try #require(SmallModel.architecture.configuration as? X3DConfiguration)
    options.stemChannels = 16
    let architecture = Architecture.x3d(options)
    let graph = try architecture.graph()
    for prefix in ["", "module."] {
      let named = NamedTensors(tensors.map { (prefix + $0.name, $0.tensor) })
      let fitted = try Checkpoint(path: "x.pyth", tensors: named).weights(
        for: graph.expectedTensors, namings: architecture.namings)
      #expect(fitted.naming == "SlowFast")
      #expect(fitted.unusedCount == 0, "\(fitted.unusedTensors)")
      let clips = RandomWeights.clips(try example.field.required("shape").ints(), seed: try example.seed())
      let logits = try Interpreter(graph, weights: fitted.weights).run([clips])[0]
      #expect(relativeError(meanRemoved(logits), meanRemoved(try example.output())) < 1e-5)
    }
  }

  /// The other names alone change nothing.
  @Test func slowFastsNamesOfPyTorchVideosWeightsAreTheSameWeights() throws {
    let weights = try SmallModel.weights()
    let naming = X3DNaming(source: .slowFast)
    var renamed = NamedTensors()
    for entry in try Self.tensors(#require(Self.slowFast.first)) {
      if let name = naming.translated(entry.name), let tensor = weights[name] { renamed[entry.name] = tensor }
    }
    let fitted = try Checkpoint(path: "x.pyth", tensors: renamed).weights(
      for: SmallModel.architecture.graph().expectedTensors, namings: SmallModel.architecture.namings)
    #expect(fitted.weights == weights)
  }

  @Test(
    "what is no name of SlowFast's X3D is not translated",
    arguments: [
      "", "s1", "head", "s1.pathway0_stem", "s1.pathway1_stem.conv.weight", "s6.pathway0_res0.branch1.weight",
      "s2.pathway0_resX.branch1.weight", "s2.pathway0_res0.branch3.weight", "head.other.weight", "s2..", "...",
    ])
  func leavesName(name: String) { #expect(X3DNaming(source: .slowFast).translated(name) == nil) }

  // MARK: - Which model

  private func weights(of name: String, classCount: Int = 400, prefix: String = "") throws -> NamedTensors {
    var architecture = try Architecture(named: name)
    architecture.classCount = classCount
    let graph = try architecture.graph()
    return NamedTensors(
      graph.parameters.map { (prefix + $0.path, Tensor(zeros: graph.type($0.value).fixedShape ?? [])) })
  }

  private func file<Result>(_ tensors: NamedTensors, _ body: (String) throws -> Result) throws -> Result {
    try withTemporaryFile("x.safetensors") { path in
      try SafetensorsFile.write(tensors, to: path)
      return try body(path)
    }
  }

  /// Its deeper networks hold all names of the others, in the same shapes.
  @Test func aDeeperNetworksWeightsAreNotTakenForASmallerOnes() throws {
    try file(weights(of: "x3d_l")) { path in
      let error = #expect(throws: ModelRequestError.self) { try ModelRequest("x3d_s", checkpoint: path).load() }
      #expect(error == .otherModel(path: path, requested: "x3d_s", models: ["x3d_l"]))
      _ = try ModelRequest("x3d_l", checkpoint: path).load { #expect($0.isEmpty) }
    }
  }

  @Test func anotherModelsWeightsAreNamedAlsoWhereNoNameIsTheSame() throws {
    try file(weights(of: "efficient_x3d_s", prefix: "net.")) { path in
      let error = #expect(throws: ModelRequestError.self) { try ModelRequest("x3d_s", checkpoint: path).load() }
      #expect(
        error
          == .otherModel(
            path: path, requested: "x3d_s", models: ["efficient_x3d_xs", "efficient_x3d_s", "efficient_x3d_m"]))
    }
  }

  @Test func theModelThatACheckpointFitsIsNamedWithItsClasses() throws {
    let cases: [(NamedTensors, [String], Int)] = [
      (try weights(of: "x3d_m"), ["x3d_xs", "x3d_s", "x3d_m"], 400),
      (try weights(of: "x3d_l", classCount: 7, prefix: "model.net."), ["x3d_l"], 7),
      (
        try weights(of: "efficient_x3d_s", classCount: 3),
        ["efficient_x3d_xs", "efficient_x3d_s", "efficient_x3d_m"], 3
      ),
    ]
    for (tensors, models, classCount) in cases {
      var tensors = tensors
      tensors["criterion.weight"] = Tensor(zeros: [1])
      let fits = try Checkpoint(path: "x.pth", tensors: tensors).modelFits()
      #expect(fits.count == 1)
      #expect(fits.first?.models == models)
      #expect(fits.first?.classCount == classCount)
      #expect(fits.first?.mismatch == nil)
      #expect(fits.first?.ignored == ["criterion.weight"])
    }
  }

  @Test func theNearestModelIsNamedWithWhatIsMissing() throws {
    var tensors = try weights(of: "x3d_l")
    tensors["blocks.5.proj.bias"] = nil
    tensors["blocks.0.extra"] = Tensor(zeros: [1])
    let fit = try #require(try Checkpoint(path: "x.pth", tensors: tensors).modelFits().first)
    #expect(fit.models == ["x3d_l"])
    #expect(fit.mismatch?.missing == ["blocks.5.proj.bias"])
    #expect(fit.mismatch?.unexpected == ["blocks.0.extra"])
  }

  @Test func anotherArchitectureIsOneSentenceWithWhatIsSupported() throws {
    var tensors = NamedTensors()
    for index in 0..<320 { tensors["layer1.\(index).conv1.weight"] = Tensor(zeros: [1]) }
    try file(tensors) { path in
      let error = #expect(throws: StateDictMismatch.self) { try ModelRequest("x3d_s", checkpoint: path).load() }
      #expect(
        error?.description
          == "\(path): these are 320 tensors of another architecture (first: \"layer1.0.conv1.weight\");"
          + " supported: \(Architecture.names.joined(separator: ", "))")
    }
  }

  @Test func extraTensorsAreANote() throws {
    var tensors = try weights(of: "x3d_xs", classCount: 4, prefix: "model.")
    tensors["criterion.weight"] = Tensor(zeros: [4])
    tensors["ema_steps"] = Tensor([3] as [Int64], shape: [])
    try file(tensors) { path in
      var notes: [WeightsNote] = []
      _ = try ModelRequest("x3d_xs", checkpoint: path, classCount: 4).load { notes = $0 }
      #expect(
        notes == [
          WeightsNote(
            text: "\(path): 2 tensors are not used (first: \"ema_steps\")",
            details: ["ema_steps", "criterion.weight"])
        ])
    }
  }

  @Test func aKeyChoosesAmongSeveral() throws {
    var tensors = try weights(of: "x3d_xs", classCount: 4, prefix: "model.")
    for (name, tensor) in try weights(of: "x3d_xs", classCount: 4, prefix: "ema.") { tensors[name] = tensor }
    tensors["ema.blocks.5.proj.bias"] = Tensor([1, 2, 3, 4] as [Float], shape: [4])
    try file(tensors) { path in
      #expect(throws: CheckpointError.severalWeights(path: path, keys: ["ema", "model"])) {
        try ModelRequest("x3d_xs", checkpoint: path, classCount: 4).load()
      }
      var notes: [WeightsNote] = []
      let model = try ModelRequest("x3d_xs", checkpoint: path, checkpointKey: "ema", classCount: 4).load { notes = $0 }
      #expect(model.weights["blocks.5.proj.bias"]?.elements(as: Float.self) == [1, 2, 3, 4])
      #expect(notes.first?.text == "\(path): the weights under \"ema\" are used")
    }
  }
}
