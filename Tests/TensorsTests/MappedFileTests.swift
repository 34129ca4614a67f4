import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct MappedFileTests {
  @Test(
    "CRC-32 gives the known check values",
    arguments: [
      ("", 0), ("a", 0xE8B7_BE43), ("123456789", 0xCBF4_3926),
      ("The quick brown fox jumps over the lazy dog", 0x414F_A339),
    ]
      as [(String, UInt32)])
  func checksum(text: String, expected: UInt32) throws {
    try withFile(Array(text.utf8)) { path in
      let file = try MappedFile(path: path)
      #expect(file.crc32(0..<file.count) == expected)
    }
  }

  @Test func aNamedPipeWithoutAWriterIsRefusedAndNotWaitedFor() throws {
    try withTemporaryFile { path in
      #expect(mkfifo(path, 0o600) == 0)
      _ = #expect(throws: FileError.self) { try MappedFile(path: path) }
    }
  }

  @Test func stridedTensorsAreGatheredInRowMajorOrder() throws {
    try withFile(Array(0..<24)) { path in
      let file = try MappedFile(path: path)
      func bytes(_ shape: [Int], _ strides: [Int], at offset: Int = 0) throws -> [UInt8] {
        let layout = TensorLayout(shape: shape, strides: strides, elementType: .uint8)
        return try file.tensor(named: "t", layout: layout, at: offset, within: 0..<24).elements()
      }
      #expect(try bytes([2, 3], [3, 1], at: 2) == [2, 3, 4, 5, 6, 7])
      #expect(try bytes([2, 3], [1, 2]) == [0, 2, 4, 1, 3, 5])
      #expect(try bytes([3, 2], [0, 5]) == [0, 5, 0, 5, 0, 5])
      #expect(try bytes([2, 2, 2], [12, 1, 4], at: 1) == [1, 5, 2, 6, 13, 17, 14, 18])
      #expect(try bytes([], [], at: 23) == [23])
      #expect(try bytes([0, 4], [1, 1], at: 24) == [])
    }
  }

  @Test(
    "layouts that reach out of the window or cannot be are refused",
    arguments: [
      ([2, 2], [9, 1], 0), ([2], [1], 9), ([2], [-1], 4), ([2, 2], [1], 0), ([.max, .max], [1, 1], 0),
      ([2, 2], [.max, 1], 0), ([-1], [1], 0), ([3, 3], [.max, .max], 0), ([1], [1], 11), ([1], [1], -1),
      ([Int](repeating: 1, count: 65), [Int](repeating: 1, count: 65), 0),
    ] as [([Int], [Int], Int)])
  func refusesLayout(shape: [Int], strides: [Int], offset: Int) throws {
    try withFile(Array(0..<24)) { path in
      let file = try MappedFile(path: path)
      let layout = TensorLayout(shape: shape, strides: strides, elementType: .uint8)
      _ = #expect(throws: FormatError.self) { try file.tensor(named: "t", layout: layout, at: offset, within: 0..<10) }
    }
  }
}
