import Foundation
import TestSupport
import Tensors
import Testing

@testable import IR

@Suite struct DeployableFileTests {
  static func file() -> DeployableFile {
    let graph = GraphTests.network()
    return DeployableFile(
      graph: graph, weights: GraphTests.weights(graph), target: "x86_cpu", precision: .fp32, name: "small \"net\"",
      source: "a test", preprocessing: ["mean": 0.45, "frames": [4, 12]], labels: ["archery", "naïve – 日本"])
  }

  /// The file's bytes after a change to one string of its metadata; nil removes it.
  static func bytes(_ key: String, _ change: (String) -> String?) throws -> [UInt8] {
    try withTemporaryFile { path in
      try file().write(to: path)
      let contents = try SafetensorsFile(path: path)
      var metadata = contents.metadata
      metadata[key] = change(metadata[key] ?? "")
      try SafetensorsFile.write(contents.tensors, metadata: metadata, to: path)
      return try TestSupport.contents(path)
    }
  }

  static func read(_ bytes: [UInt8]) throws -> DeployableFile {
    try DeployableFile(MappedFile(path: "m.accel", copying: bytes))
  }

  @Test func writingAndReadingKeepsEverything() throws {
    try withTemporaryFile("m.accel") { path in
      let file = Self.file()
      try file.write(to: path)
      let copy = try DeployableFile(path: path)
      #expect(copy.graph.description == file.graph.description)
      #expect(copy.weights == file.weights)
      #expect(copy.target == "x86_cpu" && copy.precision == .fp32)
      #expect(copy.name == file.name && copy.source == file.source)
      #expect(copy.preprocessing == file.preprocessing && copy.labels == file.labels)
      let mapped = try MappedFile(path: path)
      #expect(DeployableFile.matches(mapped))
      // Written again from what was read: the same bytes, and little more than the weights' own.
      try copy.write(to: path + "2")
      #expect(try contents(path + "2") == contents(path))
      #expect(try contents(path).count - file.weights.values.reduce(0) { $0 + $1.byteCount } < 4096)
    }
  }

  @Test func weightsMayBeKeptInHalfTheBytes() throws {
    try withTemporaryFile("m.accel") { path in
      let file = Self.file()
      let half = DeployableFile(
        graph: file.graph, weights: file.weights.mapValues { $0.converted(to: .float16) }, target: "x86_cpu",
        precision: .fp16, name: "half")
      try half.write(to: path)
      let copy = try DeployableFile(path: path)
      #expect(copy.weights == half.weights && copy.precision == .fp16)
      #expect(copy.weights.values.allSatisfy { $0.elementType == .float16 })
    }
  }

  @Test func anotherSafetensorsFileIsNoDeployableOne() throws {
    try withTemporaryFile { path in
      try SafetensorsFile.write(["a": Tensor(zeros: [2])], to: path)
      #expect(!DeployableFile.matches(try MappedFile(path: path)))
      #expect { _ = try DeployableFile(path: path) } throws: {
        "\($0)" == "\(path) is not a deployable model (.accel): it is a safetensors file without format_version"
      }
    }
  }

  @Test(arguments: [[], Array("graph".utf8), [UInt8](repeating: 0xFF, count: 100)])
  func otherFilesAreNoDeployableOnes(_ bytes: [UInt8]) {
    #expect { _ = try Self.read(bytes) } throws: { "\($0)".hasPrefix("m.accel is not a deployable model") }
  }

  @Test(arguments: [
    ("format_version", "2", "m.accel has the format version 2, but this version reads up to 1"),
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
    let file = DeployableFile(graph: GraphTests.network(), weights: [:], target: "x", precision: .fp32, name: "x")
    try withTemporaryFile { path in
      #expect(throws: GraphError.self) { try file.write(to: path) }
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }
}
