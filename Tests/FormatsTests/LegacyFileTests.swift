import Tensors
import Testing

@testable import Formats

/// Hand-made files in the format from before PyTorch 1.6; real ones are among the checkpoints' fixtures.
@Suite struct LegacyFileTests {
  private let storage = [1, 2, 3, 4].flatMap { little(Float($0).bitPattern) }

  private func tensors(_ bytes: [UInt8]) throws -> NamedTensors {
    let checkpoint = try Checkpoint.load(MappedFile(path: "file", copying: bytes))
    return try checkpoint.tensors(of: #require(checkpoint.stateDicts.first))
  }

  private func file(
    _ storageProgram: [UInt8], offset: Int = 0, shape: [Int] = [2], keys: [String] = ["0"], count: Int = 4
  ) -> [UInt8] {
    let tensor = PickleProgram.tensor(storage: storageProgram, offset: offset, shape: shape, strides: [1])
    return PickleProgram.legacyFile(
      PickleProgram.stateDict(tensor), keys: keys, count: count, storage: storage)
  }

  @Test func aWindowOnAStorageIsThatPartOfIt() throws {
    let window = PickleProgram.window(count: 4, offset: 1, length: 3)
    #expect(try tensors(file(window))["w"]?.elements(as: Float.self) == [2, 3])
    #expect(try tensors(file(window, offset: 1))["w"]?.elements(as: Float.self) == [3, 4])
    #expect(throws: FormatError.self) { try tensors(file(window, offset: 2)) }
  }

  @Test(
    "windows must lie in their storage",
    arguments: [(1, 4), (-1, 2), (5, 0), (0, -1), (.max, 1), (1, .max)] as [(Int, Int)])
  func refusesWindow(offset: Int, length: Int) {
    #expect(throws: FormatError.self) {
      try tensors(file(PickleProgram.window(count: 4, offset: offset, length: length)))
    }
  }

  @Test(
    "the storages must be those that the pickle names, as long as it says, and within the file",
    arguments: [(["0"], 3), (["0"], 5), (["0"], -1), (["0"], .max), (["1"], 4), ([], 4), (["0", "0"], 4)]
      as [([String], Int)])
  func refusesStorages(keys: [String], count: Int) {
    #expect(throws: FormatError.self) {
      try tensors(file(PickleProgram.storage(count: 4), keys: keys, count: count))
    }
  }

  @Test func anotherVersionIsRefused() {
    var bytes = file(PickleProgram.storage(count: 4))
    bytes[18] = 0
    #expect(throws: FormatError.self) { try tensors(bytes) }
  }

  /// A module's class in a file of a whole module comes with its source code, which is not looked at.
  @Test func aModulesClassIsPassedOver() throws {
    let module = PickleProgram.tuple([
      PickleProgram.string("module"), PickleProgram.global("mine", "Net"), PickleProgram.string("net.py"),
      PickleProgram.string("import os; os.system('true')"),
    ])
    let tensor = PickleProgram.tensor(storage: PickleProgram.storage(count: 4), shape: [4], strides: [1])
    let object = module + [0x51, 0x29, 0x81]
    let pickle = [0x80, 2, 0x7D] + PickleProgram.string("net") + object + [0x73] + PickleProgram.string("w") + tensor
    let bytes = PickleProgram.legacyFile(pickle + [0x73, 0x2E], count: 4, storage: storage)
    let checkpoint = try Checkpoint.load(MappedFile(path: "file", copying: bytes))
    #expect(checkpoint.skippedClasses == ["mine.Net"])
    #expect(try tensors(bytes)["w"]?.elements(as: Float.self) == [1, 2, 3, 4])
  }
}
