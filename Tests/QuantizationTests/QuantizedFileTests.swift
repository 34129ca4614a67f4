import ModelTestSupport
@testable import Passes
@testable import Quantization
import IR
import Models
import CPU
import Architectures
import TestSupport
import Tensors
import Testing

/// Models in integers as files.
@Suite struct QuantizedFileTests {
  static let deployed = Result {
    try QuantizedX3D.deployed(Quantizer(observer: .minMax, equalizes: false, comparedClips: 1))
  }

  /// The file's bytes after a change to its table or to one tensor.
  static func bytes(
    table change: (String) -> String = { $0 }, tensors: (inout NamedTensors) -> Void = { _ in }
  ) throws -> [UInt8] {
    try withTemporaryFile { path in
      try deployed.get().model.write(to: path)
      let contents = try SafetensorsFile(path: path)
      var metadata = contents.metadata
      metadata["quantisation"] = change(metadata["quantisation"] ?? "")
      var changed = contents.tensors
      tensors(&changed)
      try SafetensorsFile.write(changed, metadata: metadata, to: path)
      return try TestSupport.contents(path)
    }
  }

  static func read(_ bytes: [UInt8]) throws -> Model {
    try Model(MappedFile(path: "m.accel", copying: bytes))
  }

  @Test func writingAndReadingKeepsEveryByte() throws {
    let deployed = try Self.deployed.get()
    try withTemporaryFile("m.accel") { path in
      var file = deployed.model
      file.labels = SmallModel.labels
      try file.write(to: path)
      let copy = try Model(contentsOf: path)
      #expect(copy.precision == .int8)
      #expect(copy.quantization == deployed.model.quantization)
      #expect(copy.weights == deployed.model.weights)
      try copy.write(to: path + "2")
      #expect(try contents(path + "2") == contents(path))
      let table = try #require(copy.quantization)
      let clip = QuantizedX3D.others[0].inputs[0]
      let found = try QuantizedInterpreter(copy.graph, weights: copy.weights, table: table).run([clip])[0]
      #expect(try found == deployed.integers(clip))
    }
  }

  @Test func aModelWithoutNamesGivesTheSameBytes() throws {
    let model = try Self.deployed.get().model
    let clip = QuantizedX3D.others[0].inputs[0]
    try withTemporaryFile("m.accel") { path in
      try model.stripped().write(to: path)
      let copy = try Model(contentsOf: path)
      try copy.check()
      #expect(try copy.run([clip]) == model.run([clip]))
      let text = String(decoding: try contents(path).prefix(1 << 20), as: UTF8.self)
      #expect(!text.contains("blocks") && text.contains("%p1"))
    }
  }

  @Test func weightsStandForTheOriginalOnesWithinHalfAStep() throws {
    let deployed = try Self.deployed.get()
    let file = deployed.model
    let reals = try file.floatWeights()
    #expect(Set(reals.keys) == Set(deployed.model.graph.parameters.map(\.path)))
    for (path, tensor) in deployed.model.weights where tensor.elementType == .int8 {
      let scales = try #require(deployed.model.weights["\(path).scale"]).elements(as: Float.self)
      let (found, expected) = (
        try #require(reals[path]).elements(as: Float.self),
        try #require(deployed.deployed.program.weights[path]).elements(as: Float.self)
      )
      let columns = found.count / scales.count
      for index in found.indices {
        #expect(abs(found[index] - expected[index]) <= scales[index / columns] * 0.5001)
      }
    }
    let clip = QuantizedX3D.others[0].inputs[0]
    let output = try Interpreter(file.graph, weights: reals).run([clip])[0]
    let original = try deployed.reals(clip)
    #expect(relativeError(output, original) < 0.1)
    // Integers are not taken for real numbers.
    #expect(throws: GraphError.self) { try Interpreter(file.graph, weights: file.weights) }
  }

  @Test(arguments: [
    ("\"scale\":", "\"scele\":", "m.accel, quantisation: the key"),
    (
      "\"zero_point\":-13", "\"zero_point\":128",
      "m.accel, quantisation: \"values.clip.zero_point\" must be -128 to 127"
    ),
    (
      "\"zero_point\":-13", "\"zero_point\":0.5", "m.accel, quantisation: \"values.clip.zero_point\" must be an integer"
    ),
    ("\"bits\":16", "\"bits\":4", "m.accel, quantisation: \"values."),
    ("\"bits\":16", "\"zero_point\":0", "m.accel is damaged: malformed graph: the quantization of %"),
    ("\"clip\":", "\"clap\":", "m.accel is damaged: malformed graph: the quantization of clip is missing"),
    (
      "\"prologues\":{", "\"prologues\":{\"x\":{\"scale\":1,\"zero_point\":0},",
      "m.accel is damaged: malformed graph: the quantization is of values"
    ),
    ("\"prologues\":{", "\"prolog\":{", "m.accel, quantisation: the key \"prologues\" is missing"),
    ("\"floating_point\":[", "\"floating_point\":[3", "m.accel, quantisation: \"floating_point[0]\""),
    ("\"clip\":{\"scale\":", "\"clip\":{\"scale\":-", "m.accel is damaged: malformed graph: the scale of clip is -"),
    (
      "\"clip\":{\"scale\":", "\"clip\":{\"scale\":1e300,\"s\":",
      "m.accel is damaged: malformed graph: the scale of clip is inf"
    ),
    ("{", "[", "m.accel, quantisation"),
  ]) func damagedTablesAreNamed(_ part: String, _ change: String, _ problem: String) throws {
    let bytes = try Self.bytes(table: { text in
      guard let range = text.firstRange(of: part) else { return text }
      return String(text[..<range.lowerBound]) + change + String(text[range.upperBound...])
    })
    #expect {
      _ = try Self.read(bytes)
    } throws: { error in
      "\(error)".hasPrefix(problem)
    }
  }

  @Test(
    arguments: [
      ("blocks.5.proj.weight", Tensor(zeros: [5, 2048]), "the tensor \"blocks.5.proj.weight\" is float32"),
      (
        "blocks.5.proj.weight.scale", Tensor([1, 1, .nan, 1, 1] as [Float], shape: [5]),
        "a scale in blocks.5.proj.weight.scale is nan"
      ),
      (
        "blocks.5.proj.weight.scale", Tensor([1, 1, 0, 1, 1] as [Float], shape: [5]),
        "a scale in blocks.5.proj.weight.scale is 0"
      ),
      (
        "blocks.5.proj.weight.scale", Tensor(zeros: [4]),
        "the tensor \"blocks.5.proj.weight.scale\" is float32[4], not float32[5]"
      ),
      ("blocks.5.proj.weight.scale", nil, "1 tensors are missing"),
      ("blocks.5.proj.bias", Tensor(zeros: [5]), "the tensor \"blocks.5.proj.bias\" is float32[5], not int32[5]"),
    ] as [(String, Tensor?, String)])
  func damagedTensorsAreNamed(_ name: String, _ tensor: Tensor?, _ problem: String) throws {
    let bytes = try Self.bytes(tensors: { tensors in
      if let tensor, let old = tensors[name] {
        tensors[name] = tensor.rank == 2 ? Tensor(zeros: old.shape) : tensor
      } else {
        tensors[name] = nil
      }
    })
    let error = try #require(thrown(ModelError.self) { try Self.read(bytes) })
    #expect("\(error)".contains(problem), "\(error)")
  }

  @Test func tablesChangedAnywhereAreReadOrRefusedButDoNotCrash() throws {
    let text = Array(try Self.deployed.get().model.quantization?.encoded.text().utf8 ?? "".utf8)
    let graph = try Self.deployed.get().model.graph
    var generator = SeededGenerator(seed: 5)
    var refusals = 0
    for _ in 0..<300 {
      do {
        let json = try JSON(parsing: text.mutated(using: &generator), path: "t")
        _ = try QuantizationTable(decoding: json.document(path: "t")).points(in: graph)
      } catch {
        #expect(error is any UserFacingError, "\(error)")
        refusals += 1
      }
    }
    #expect(refusals > 100)
  }
}
