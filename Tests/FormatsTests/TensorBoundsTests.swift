import Formats
import Tensors
import TestSupport
import Testing

@Suite struct TensorBoundsTests {
  private func load(
    _ value: [UInt8], storage: [UInt8] = [UInt8](repeating: 0, count: 16)
  ) throws -> NamedTensors {
    try tensors(StoredZIP(pickle: PickleProgram.stateDict(value), storage: storage))
  }

  private func tensors(_ zip: StoredZIP) throws -> NamedTensors {
    let checkpoint = try Checkpoint.load(MappedFile(path: "file", copying: zip.bytes))
    return try checkpoint.tensors(of: #require(checkpoint.stateDicts.first))
  }

  @Test(
    "windows within the storage load",
    arguments: [
      ([4], [1], 0), ([2, 2], [2, 1], 0), ([1], [100], 3), ([3, 4], [0, 1], 0), ([0], [1], 4), ([], [], 3),
    ]
      as [([Int], [Int], Int)])
  func loads(shape: [Int], strides: [Int], offset: Int) throws {
    let tensor = PickleProgram.tensor(
      storage: PickleProgram.storage(count: 4), offset: offset, shape: shape, strides: strides)
    #expect(try load(tensor)["w"] == Tensor(zeros: shape))
  }

  @Test(
    "windows that reach out of the storage, and shapes that cannot be, are refused",
    arguments: [
      ([5], [1], 0), ([4], [1], 1), ([2, 2], [3, 1], 0), ([1], [1], 4), ([1], [1], -1), ([1], [1], .max),
      ([1], [1], .min),
      ([-1], [1], 0), ([.max], [1], 0), ([.max, .max], [0, 0], 0), ([2], [.max], 0), ([2], [-1], 1), ([2], [], 0),
      ([], [1], 0),
      ([1 << 40], [0], 0), ([1 << 20, 1 << 20, 1 << 20], [0, 0, 0], 0), ([1 << 30, 4], [0, 1], 0),
      ([Int](repeating: 1, count: 65), [Int](repeating: 1, count: 65), 0),
    ] as [([Int], [Int], Int)])
  func refuses(shape: [Int], strides: [Int], offset: Int) {
    let tensor = PickleProgram.tensor(
      storage: PickleProgram.storage(count: 4), offset: offset, shape: shape, strides: strides)
    #expect(throws: FormatError.self) { try load(tensor) }
  }

  @Test(
    "storages must be as the archive has them",
    arguments: [(3, "0"), (5, "0"), (-1, "0"), (.max, "0"), (4, "1"), (4, "../0")])
  func refusesStorage(count: Int, key: String) {
    let tensor = PickleProgram.tensor(
      storage: PickleProgram.storage(key: key, count: count), shape: [1], strides: [1])
    #expect(throws: FormatError.self) { try load(tensor) }
  }

  @Test func aStorageCannotHaveTwoTypes() {
    let half = PickleProgram.tensor(
      storage: PickleProgram.storage(type: "HalfStorage", count: 8), shape: [1], strides: [1])
    let full = PickleProgram.tensor(storage: PickleProgram.storage(count: 4), shape: [1], strides: [1])
    #expect(throws: FormatError.self) { try load(half + [0x30] + full) }
  }

  @Test func aDamagedStorageIsRefused() throws {
    let tensor = PickleProgram.tensor(storage: PickleProgram.storage(count: 1), shape: [1], strides: [1])
    var zip = StoredZIP(pickle: PickleProgram.stateDict(tensor), storage: [0, 0, 0x80, 0x3F])
    #expect(try tensors(zip)["w"]?.elements(as: Float.self) == [1])
    zip.entries[2].claimedChecksum = 0
    let damaged = zip
    let error = #expect(throws: FormatError.self) { try tensors(damaged) }
    #expect(error?.description.contains("CRC-32") == true)
  }

  @Test func manyExpandedTensorsTogetherAreRefused() {
    // Each one alone would pass.
    let one = PickleProgram.tensor(storage: PickleProgram.storage(count: 4), shape: [1 << 24], strides: [0])
    let entries = (0..<8).map { PickleProgram.string("t\($0)") + one }
    let pickle: [UInt8] = [0x7D, 0x28] + entries.flatMap { $0 } + [0x75, 0x2E]
    let zip = StoredZIP(pickle: pickle, storage: [UInt8](repeating: 0, count: 16))
    #expect(throws: FormatError.self) { try tensors(zip) }
  }
}
