import Foundation
import Tensors
import TestSupport
import Testing

@testable import Formats

/// Whatever is in a file, loading it gives weights or a sentence for the user.
@Suite struct RobustnessTests {
  private static let files = ((try? FileManager.default.contentsOfDirectory(atPath: fixture("checkpoints"))) ?? [])
    .filter { !$0.hasSuffix(".json") }.sorted()

  @Test func theFixturesAreThere() { #expect(Self.files.count == 32) }

  /// Reads all that is in a checkpoint, and looks for the weights of a small network in it.
  private static func read(_ checkpoint: Checkpoint) throws {
    for stateDict in checkpoint.stateDicts { _ = try checkpoint.tensors(of: stateDict) }
    do {
      _ = try checkpoint.weights(for: [ExpectedTensor(name: "conv.weight", shape: [3, 2, 3, 1, 1])])
    } catch is StateDictMismatch {
    } catch is CheckpointError {}
  }

  /// Whether `bytes` load as a checkpoint; what is thrown must be for the user.
  private func loads(_ bytes: [UInt8], _ comment: @autoclosure () -> String) throws -> Bool {
    let file = try MappedFile(path: "file", copying: bytes)
    do {
      try Self.read(try Checkpoint.load(file))
      return true
    } catch {
      if !(error is any UserFacingError) { Issue.record("\(comment()): \(error)") }
      return false
    }
  }

  /// Every length of a small file, a thousand of a larger one.
  @Test("truncations are refused", arguments: files)
  func refusesTruncations(name: String) throws {
    let bytes = try contents(fixture("checkpoints/\(name)"))
    for count in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 1000)) {
      if try loads(Array(bytes[..<count]), "cut off at \(count)") { Issue.record("loads although cut off at \(count)") }
    }
  }

  @Test("a mutated file loads or is refused", arguments: files)
  func survivesMutations(name: String) throws {
    let bytes = try contents(fixture("checkpoints/\(name)"))
    var generator = SeededGenerator(seed: 1)
    for round in 0..<1000 { _ = try loads(bytes.mutated(using: &generator), "round \(round)") }
  }

  @Test(
    "a mutated pickle with a right CRC-32 loads or is refused",
    arguments: [
      "layouts.pt", "dtypes.pt", "model_state.pyth", "protocol4.pt", "lightning.ckpt", "module.pt", "mixed.pt",
      "weight_norm.pt",
    ])
  func survivesMutatedPickles(name: String) throws {
    let path = fixture("checkpoints/\(name)")
    let file = try MappedFile(path: path)
    let whole = try PyTorchArchive.open(file)
    let zip = try ZIPArchive(file)
    let entry = try #require(zip.entries.first { $0.name.hasSuffix("/data.pkl") })
    let pickle = file.copy(entry.range)
    var generator = SeededGenerator(seed: 2)
    var loaded = 0
    for round in 0..<1500 {
      do {
        let objects = try Unpickler.objects(in: pickle.mutated(using: &generator), path: path)
        let mutated = PickledFile(
          file: file, objects: objects, storages: whole.storages, isBigEndian: whole.isBigEndian)
        try Self.read(try Checkpoint(mutated, format: .pyTorch))
        loaded += 1
      } catch {
        if !(error is any UserFacingError) { Issue.record("round \(round): \(error)") }
      }
    }
    // Mutations of names are harmless: the bytes do reach the unpickler.
    #expect(loaded > 15)
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
