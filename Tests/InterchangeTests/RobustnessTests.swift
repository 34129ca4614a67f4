import Foundation
import Tensors
import TestSupport
import Testing

@testable import Interchange

/// Whatever is in a file, loading it gives weights or a sentence for the user.
@Suite struct RobustnessTests {
  private static let files = ((try? FileManager.default.contentsOfDirectory(atPath: fixture("checkpoints"))) ?? [])
    .filter { !$0.hasSuffix(".json") }.sorted()

  @Test func theFixturesAreThere() { #expect(Self.files.count == 23) }

  /// Whether `bytes` load as a checkpoint; what is thrown must be for the user.
  private func loads(_ bytes: [UInt8], _ comment: @autoclosure () -> String) throws -> Bool {
    let file = try MappedFile(path: "file", copying: bytes)
    do {
      _ = try Checkpoint.load(file)
      return true
    } catch {
      if !(error is any UserFacingError) { Issue.record("\(comment()): \(error)") }
      return false
    }
  }

  @Test("every truncation is refused", arguments: files)
  func refusesTruncations(name: String) throws {
    let bytes = try contents(fixture("checkpoints/\(name)"))
    for count in bytes.indices {
      if try loads(Array(bytes[..<count]), "cut off at \(count)") { Issue.record("loads although cut off at \(count)") }
    }
  }

  @Test("a mutated file loads or is refused", arguments: files)
  func survivesMutations(name: String) throws {
    let bytes = try contents(fixture("checkpoints/\(name)"))
    var generator = SeededGenerator(seed: 1)
    for round in 0..<3000 { _ = try loads(bytes.mutated(using: &generator), "round \(round)") }
  }

  @Test(
    "a mutated pickle with a right CRC-32 loads or is refused",
    arguments: ["layouts.pt", "dtypes.pt", "model_state.pyth", "protocol4.pt"])
  func survivesMutatedPickles(name: String) throws {
    let path = fixture("checkpoints/\(name)")
    let file = try MappedFile(path: path)
    let whole = try PyTorchArchive(file)
    let zip = try ZIPArchive(file)
    let entry = try #require(zip.entries.first { $0.name.hasSuffix("/data.pkl") })
    let pickle = file.copy(entry.range)
    var generator = SeededGenerator(seed: 2)
    var loaded = 0
    for round in 0..<5000 {
      do {
        let objects = try Unpickler.objects(in: pickle.mutated(using: &generator), path: path)
        var archive = PyTorchArchive(whole, objects: objects)
        _ = try Checkpoint(path: path, archive: &archive)
        loaded += 1
      } catch {
        if !(error is any UserFacingError) { Issue.record("round \(round): \(error)") }
      }
    }
    // Mutations of names are harmless: the bytes do reach the unpickler.
    #expect(loaded > 50)
  }

  @Test func mutatedSafetensorsLoadOrAreRefused() throws {
    let tensors: NamedTensors = ["a": Tensor(zeros: [2, 3]), "b": Tensor(zeros: [3]).converted(to: .bool)]
    let bytes = try withTemporaryFile { path in
      try SafetensorsFile.write(tensors, metadata: ["k": "v"], to: path)
      return try contents(path)
    }
    var generator = SeededGenerator(seed: 3)
    for count in bytes.indices {
      if try loads(Array(bytes[..<count]), "cut off at \(count)") { Issue.record("loads although cut off at \(count)") }
    }
    for round in 0..<5000 { _ = try loads(bytes.mutated(using: &generator), "round \(round)") }
  }
}
