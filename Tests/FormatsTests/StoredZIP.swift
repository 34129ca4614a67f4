import Tensors
import TestSupport

/// Writes ZIP archives, also wrong ones.
struct StoredZIP {
  struct Entry {
    var name: String
    var data: [UInt8]
    var method: UInt16 = 0
    /// What the directory says, if not the truth.
    var claimedSize: UInt32?
    var claimedOffset: UInt32?
    var claimedChecksum: UInt32?
    var flags: UInt16 = 0
  }

  var entries: [Entry]
  var claimedCount: UInt16?
  var comment: [UInt8] = []

  init(_ entries: [(String, [UInt8])]) { self.entries = entries.map { Entry(name: $0.0, data: $0.1) } }

  /// A checkpoint with this pickle and the storage `data/0`.
  init(pickle: [UInt8], storage: [UInt8]) {
    self.init([("a/data.pkl", pickle), ("a/byteorder", Array("little".utf8)), ("a/data/0", storage)])
  }

  var bytes: [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let offset = entry.claimedOffset ?? UInt32(file.count)
      let size = entry.claimedSize ?? UInt32(entry.data.count)
      let checksum = entry.claimedChecksum ?? Self.checksum(entry.data)
      let name = Array(entry.name.utf8)
      let common =
        little(entry.flags) + little(entry.method) + little(UInt32(0)) + little(checksum) + little(size) + little(size)
        + little(UInt16(name.count)) + little(UInt16(0))
      file += [0x50, 0x4B, 3, 4, 20, 0] + common + name + entry.data
      directory += [0x50, 0x4B, 1, 2, 20, 0, 20, 0] + common + [UInt8](repeating: 0, count: 10) + little(offset) + name
    }
    let start = file.count
    let count = claimedCount ?? UInt16(entries.count)
    file += directory
    file += [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + little(count) + little(count) + little(UInt32(directory.count))
    file += little(UInt32(start)) + little(UInt16(comment.count)) + comment
    return file
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { value, byte in
      (0..<8).reduce(value ^ UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }
  }
}

/// The bytes of a little-endian integer.
func little<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
  (0..<Integer.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}
