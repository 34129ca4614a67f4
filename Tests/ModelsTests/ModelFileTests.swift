import Foundation
import TestSupport
import Tensors
import Testing

import IR
import Models
import Preprocessing
import CPU

/// `.accel` files.
@Suite struct ModelFileTests {
  static func model(_ form: Model.Form = .deployable(target: "x86_cpu", precision: .fp32)) throws -> Model {
    let graph = TinyNetwork.graph()
    return Model(
      name: "small \"net\"", graph: graph, weights: TinyNetwork.weights(graph), form: form,
      recipe: try ClipRecipe(frameCount: 4, samplingRate: 12, shortSide: 40, cropSize: 32),
      labels: ["archery", "naïve – 日本", "c", "d"],
      provenance: .init(source: "a test", architecture: form == .original ? ["a": 1] : .null))
  }

  /// The file's bytes after a change to one string of its metadata; nil removes it.
  static func bytes(_ key: String, _ change: (String) -> String?) throws -> [UInt8] {
    try withTemporaryFile { path in
      try model().write(to: path)
      let contents = try SafetensorsFile(path: path)
      var metadata = contents.metadata
      metadata[key] = change(metadata[key] ?? "")
      try SafetensorsFile.write(contents.tensors, metadata: metadata, to: path)
      return try TestSupport.contents(path)
    }
  }

  static func read(_ bytes: [UInt8]) throws -> Model {
    try Model(MappedFile(path: "m.accel", copying: bytes))
  }

  @Test(arguments: [Model.Form.original, .deployable(target: "x86_cpu", precision: .fp32)])
  func writingAndReadingKeepsEverything(form: Model.Form) throws {
    try withTemporaryFile("m.accel") { path in
      var model = try Self.model(form)
      model.stepTiming = StepTiming(receptiveField: 1, delay: -4)
      try model.check()
      try model.write(to: path)
      let copy = try Model(contentsOf: path)
      #expect(copy.graph.description == model.graph.description)
      #expect(copy.weights == model.weights && copy.form == form)
      #expect(copy.name == model.name && copy.provenance == model.provenance)
      #expect(copy.recipes == model.recipes && copy.labels == model.labels && copy.stepTiming == model.stepTiming)
      let mapped = try MappedFile(path: path)
      #expect(Model.matches(mapped))
      // Written again from what was read: the same bytes, and little more than the weights' own.
      try copy.write(to: path + "2")
      #expect(try contents(path + "2") == contents(path))
      #expect(try contents(path).count - model.weights.values.reduce(0) { $0 + $1.byteCount } < 4096)
    }
  }

  /// -∞ in front of softmax hides what is behind it; NaN is a damaged weight everywhere, and infinity in a layer's.
  @Test func masksMayHoldInfinities() throws {
    let graph = Graph.build(input: GraphInput(name: "x", type: ValueType(["N", 3]))) { x in
      let mask = x.builder.parameter("mask", shape: [1, 3])
      let (weight, bias) = (x.builder.parameter("weight", shape: [3, 3]), x.builder.parameter("bias", shape: [3]))
      return x.applying(Operations.Linear(), weight, bias).applying(Operations.Binary(.add), mask)
        .applying(Operations.Softmax(axis: 1))
    }
    let model = { (mask: Float, bias: Float) in
      Model(
        name: "masked", graph: graph,
        weights: [
          "mask": Tensor([0, mask, 0], shape: [1, 3]), "weight": Tensor(zeros: [3, 3]),
          "bias": Tensor([0, bias, 0], shape: [3]),
        ])
    }
    let masked = model(-.infinity, 0)
    try masked.check()
    #expect(try masked.run([Tensor(zeros: [1, 3])])[0].elements(as: Float.self) == [0.5, 0, 0.5])
    #expect(throws: NonFiniteWeights.self) { try model(.nan, 0).check() }
    #expect(throws: NonFiniteWeights.self) { try model(0, .infinity).check() }
  }

  /// A network of two pathways: each input has its name and its recipe.
  @Test func inputsHaveNamesAndRecipes() throws {
    let type = ValueType(["N", 3, "T", "H", "W"])
    let graph = Graph.build(inputs: [.init(name: "slow", type: type), .init(name: "fast", type: type)]) { inputs in
      [inputs[0].mean(axes: [2, 3, 4]) + inputs[1].mean(axes: [2, 3, 4])]
    }
    let recipe = { (frames: Int) in try ClipRecipe(frameCount: frames, samplingRate: 8, shortSide: 40, cropSize: 32) }
    let model = Model(
      name: "two", graph: graph, weights: [:], form: .deployable(target: "x86_cpu", precision: .fp32),
      recipes: ["slow": try recipe(4), "fast": try recipe(16)])
    #expect(model.clipShapes == [[1, 3, 4, 32, 32], [1, 3, 16, 32, 32]] && model.recipe == nil)
    // One recipe is not that of the whole model.
    var half = model
    half.recipes["fast"] = nil
    #expect(half.clipShapes == nil && half.recipe == nil)
    try withTemporaryFile("m.accel") { path in
      try model.write(to: path)
      let copy = try Model(contentsOf: path)
      #expect(copy.recipes == model.recipes)
      let clips = try #require(copy.clipShapes).map { Tensor(zeros: $0) }
      #expect(try Session(copy.plan(inputShapes: clips.map(\.shape))).run(clips)[0].shape == [1, 3])
      #expect(try copy.run(["fast": clips[1], "slow": clips[0]])[0].shape == [1, 3])
      #expect(throws: ModelError.inputs(model: "two", expected: ["slow", "fast"], found: ["fast"])) {
        try copy.run(["fast": clips[1]])
      }
    }
  }

  /// What older versions do not know raises the file's version, and nothing else does.
  @Test func statesAndElementTypesNeedTheThirdFormat() throws {
    let typed = Graph.build(input: GraphInput(name: "x", type: ValueType(["N", 3], elementType: .int64))) { x in
      SymbolicTensor.concatenated([x, x.builder.parameter("p", shape: [2, 3], elementType: .int64)], axis: 0)
    }
    let models = [
      (3, StepNetwork.runningMaximum(), [:]),
      (3, typed, ["p": Tensor([1, 2, 3, 4, 5, 1 << 60] as [Int64], shape: [2, 3])]),
      (1, TinyNetwork.graph(), TinyNetwork.weights(TinyNetwork.graph())),
    ]
    for (version, graph, weights) in models {
      try withTemporaryFile("m.accel") { path in
        let form = Model.Form.deployable(target: "x86_cpu", precision: .fp32)
        try Model(name: "steps", graph: graph, weights: weights, form: form).write(to: path)
        #expect(try SafetensorsFile(path: path).metadata["format_version"] == "\(version)")
        let copy = try Model(contentsOf: path)
        try copy.check()
        #expect(copy.graph.description == graph.description && copy.weights == weights)
      }
    }
  }

  @Test func namesCanBeLeftOut() throws {
    let graph = StepNetwork.runningSum()
    var model = Model(
      name: "steps", graph: graph, weights: [:], labels: ["a", "b", "c"], provenance: .init(source: "a secret"))
    model.stepTiming = StepTiming(receptiveField: 4, delay: 1)
    let stripped = model.stripped()
    #expect(stripped.labels == model.labels && stripped.stepTiming == model.stepTiming && stripped.name == "steps")
    #expect(stripped.provenance.source.isEmpty && stripped.graph.inputTypes.map(\.name) == ["x"])
    #expect(!stripped.graph.description.contains("total"))
    var weights = TinyNetwork.weights(TinyNetwork.graph())
    let tiny = Model(name: "tiny", graph: TinyNetwork.graph(), weights: weights)
    #expect(!tiny.stripped().graph.description.contains("stem"))
    try tiny.stripped().check()
    let clip = Tensor((0..<192).map { Float($0 % 17) }, shape: [1, 3, 4, 4, 4])
    #expect(try tiny.stripped().run([clip]) == tiny.run([clip]))
    weights["stem.weight"] = nil
    #expect(throws: (any Error).self) {
      try Model(name: "tiny", graph: TinyNetwork.graph(), weights: weights).stripped().check()
    }
  }

  /// Bytes that survive a process: a session's states are a file's tensors.
  @Test func aSessionGoesOnFromAFile() throws {
    let graph = StepNetwork.runningMaximum()
    let model = Model(name: "steps", graph: graph, weights: [:])
    let frames = (0..<3).map { StepNetwork.input([1, 2, 1, 4, 4], $0) }
    let session = try Session(model.plan(inputShapes: frames[0].shape))
    for frame in frames.prefix(2) { _ = try session.run(frame) }
    try withTemporaryFile("state.safetensors") { path in
      try SafetensorsFile.write(NamedTensors(session.saveState().map { ($0.key, $0.value) }), to: path)
      let tensors = try SafetensorsFile(path: path).tensors
      let other = try Session(model.plan(inputShapes: frames[0].shape))
      try other.restoreState(Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.tensor) }))
      #expect(try other.run(frames[2])[0] == (try session.run(frames[2])[0]))
    }
  }

  @Test func aPlanIsMadeOnceForAShape() throws {
    let model = try Self.model()
    let plan = try model.plan(inputShapes: [1, 3, 4, 32, 32])
    #expect(try model.plan(inputShapes: [1, 3, 4, 32, 32]) === plan)
    #expect(try model.plan(inputShapes: [1, 3, 4, 32, 40]) !== plan)
    // Other kernels, another plan.
    var tuned = model
    tuned.tuning.set(
      KernelChoices(), for: TunedSetting(isa: plan.isa, precision: .fp32, inputShapes: plan.inputShapes))
    #expect(try tuned.plan(inputShapes: [1, 3, 4, 32, 32]) !== plan)
  }

  @Test func partsThatDoNotFitAreRefused() throws {
    let model = try Self.model()
    var labelled = model
    labelled.labels = ["one"]
    #expect(throws: ModelError.labelCount(model: model.name, labels: 1, classes: 4)) { try labelled.check() }
    #expect(throws: ModelError.notQuantized(model: model.name)) { try model.running(in: .int8) }
    let original = try Self.model(.original)
    #expect(throws: ModelError.notDeployable(model: original.name)) { try original.running(in: .fp16) }
    var unknown = model
    unknown.recipes = [:]
    #expect(throws: ModelError.noRecipe(model: model.name)) { try unknown.requiredRecipe() }
    var weights = model.weights
    weights["stem.weight"] = Tensor([Float](repeating: .nan, count: 108), shape: [4, 3, 1, 3, 3])
    let broken = Model(name: "x", graph: model.graph, weights: weights)
    #expect(throws: NonFiniteWeights.self) { try broken.check() }
  }

  @Test func weightsMayBeKeptInHalfTheBytes() throws {
    try withTemporaryFile("m.accel") { path in
      let model = try Self.model()
      let half = Model(
        name: "half", graph: model.graph, weights: model.weights.mapValues { $0.converted(to: .float16) },
        form: .deployable(target: "x86_cpu", precision: .fp16))
      try half.write(to: path)
      let copy = try Model(contentsOf: path)
      #expect(copy.weights == half.weights && copy.precision == .fp16)
      #expect(copy.weights.values.allSatisfy { $0.elementType == .float16 })
    }
  }

  @Test func anotherNumberFormatRoundsTheWeights() throws {
    let model = try Self.model()
    let half = try model.running(in: .fp16)
    #expect(half.precision == .fp16)
    #expect(half.weights == model.weights.mapValues { $0.converted(to: .float16) })
    #expect(try half.running(in: .fp32).weights == half.weights)

    var large = model.weights
    large["stem.weight"] = Tensor([Float](repeating: 1e5, count: 108), shape: [4, 3, 1, 3, 3])
    let beyond = Model(
      name: "x", graph: model.graph, weights: large, form: .deployable(target: "x86_cpu", precision: .fp32))
    #expect(throws: GraphError.overflow(parameter: "stem.weight", value: 1e5, .fp16)) {
      try beyond.running(in: .fp16)
    }
  }

  @Test func anotherSafetensorsFileIsNoDeployableOne() throws {
    try withTemporaryFile { path in
      try SafetensorsFile.write(["a": Tensor(zeros: [2])], to: path)
      #expect(!Model.matches(try MappedFile(path: path)))
      #expect { _ = try Model(contentsOf: path) } throws: {
        "\($0)" == "\(path) is not a deployable model (.accel): it is a safetensors file without format_version"
      }
    }
  }

  @Test(arguments: [[], Array("graph".utf8), [UInt8](repeating: 0xFF, count: 100)])
  func otherFilesAreNoDeployableOnes(_ bytes: [UInt8]) {
    #expect { _ = try Self.read(bytes) } throws: { "\($0)".hasPrefix("m.accel is not a deployable model") }
  }

  @Test(arguments: [
    ("format_version", "4", "m.accel has the format version 4, but this version reads up to 3"),
    ("format_version", "1.5", "m.accel is damaged: its format_version is \"1.5\", not a number"),
    ("format_version", "-1", "m.accel is damaged: its format_version is \"-1\", not a number"),
    ("precision", "fp7", "m.accel is damaged: its precision is \"fp7\", which is not known"),
    ("graph", "{", "m.accel, graph"), ("graph", "{}", "m.accel, graph: the key \"inputs\" is missing"),
    ("labels", "3", "m.accel, labels: the document must be an array"), ("preprocessing", "", "m.accel, preprocessing"),
  ]) func damagedStringsAreNamed(_ key: String, _ value: String, _ problem: String) throws {
    let bytes = try Self.bytes(key) { _ in value }
    #expect { _ = try Self.read(bytes) } throws: { $0 is any UserFacingError && "\($0)".hasPrefix(problem) }
  }

  @Test(arguments: ["graph", "target", "precision", "preprocessing", "labels", "name"])
  func missingStringsAreNamed(_ key: String) throws {
    let bytes = try Self.bytes(key) { _ in nil }
    #expect { _ = try Self.read(bytes) } throws: { "\($0)" == "m.accel is damaged: it has no \(key)" }
  }

  @Test func graphsThatDoNotFitTogetherAreDamaged() throws {
    let bytes = try Self.bytes("graph") { $0.replacing("\"groups\":4", with: "\"groups\":3") }
    #expect { _ = try Self.read(bytes) } throws: {
      "\($0)".hasPrefix("m.accel is damaged: convolution in branch cannot take")
    }
  }

  @Test func missingAndMisshapenTensorsAreNamed() throws {
    let renamed = try Self.bytes("graph") { $0.replacing("stem.weight", with: "stem.w") }
    #expect { _ = try Self.read(renamed) } throws: {
      "\($0)" == "m.accel is damaged: 1 tensors are missing, \"stem.w\""
    }
    let misshapen = try Self.bytes("graph") {
      $0.replacing("[4,3,1,3,3]", with: "[4,3,3,1,3]").replacing("\"kernel\":[1,3,3]", with: "\"kernel\":[3,1,3]")
    }
    #expect { _ = try Self.read(misshapen) } throws: {
      "\($0)"
        == "m.accel is damaged: the tensor \"stem.weight\" is float32[4, 3, 1, 3, 3], not float32[4, 3, 3, 1, 3]"
    }
  }

  @Test func filesCutOffAnywhereOrChangedAreReadOrRefusedButDoNotCrash() throws {
    let bytes = try Self.bytes("name") { $0 }
    for count in stride(from: 0, to: bytes.count, by: 97) {
      #expect(throws: (any Error).self) { try Self.read(Array(bytes.prefix(count))) }
    }
    var generator = SeededGenerator(seed: 11)
    var refusals = 0
    for _ in 0..<400 {
      do { _ = try Self.read(bytes.mutated(using: &generator)) } catch {
        #expect(error is any UserFacingError, "\(error)")
        refusals += 1
      }
    }
    #expect(refusals > 100)
  }

  @Test func aGraphWithoutItsWeightsIsNotWritten() throws {
    let model = Model(name: "x", graph: TinyNetwork.graph(), weights: [:])
    try withTemporaryFile { path in
      #expect(throws: GraphError.self) { try model.write(to: path) }
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }
}
