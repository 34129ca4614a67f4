extension MappedFile {
  /// Returns the little-endian integer at `offset`; nil if it extends beyond the file.
  public func littleEndian<Integer: FixedWidthInteger & BitwiseCopyable>(
    at offset: Int, as type: Integer.Type = Integer.self
  ) -> Integer? {
    guard offset >= 0, offset <= count - MemoryLayout<Integer>.size else { return nil }
    return Integer(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Integer.self))
  }

  /// Returns whether the file has these bytes at `offset`.
  public func hasBytes(_ expected: some Collection<UInt8>, at offset: Int = 0) -> Bool {
    guard offset >= 0, offset <= count - expected.count else { return false }
    return bytes[offset..<offset + expected.count].elementsEqual(expected)
  }

  /// Returns the CRC-32 of a range of bytes, as in ZIP and PNG (polynomial 0x04C11DB7, reflected).
  ///
  /// - Precondition: `range` is within the file.
  public func crc32(_ range: Range<Int>) -> UInt32 {
    CRC32.checksum(UnsafeRawBufferPointer(rebasing: bytes[range]))
  }
}

/// CRC-32 by tables, eight bytes a step ("slicing by 8": Kounavis and Berry, 2005).
private enum CRC32 {
  /// `tables[k * 256 + byte]`: the effect of `byte` followed by `k` zero bytes.
  private static let tables: [UInt32] = {
    var tables: [UInt32] = (0..<256).map { byte in
      var value = UInt32(byte)
      for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
      return value
    }
    for position in 256..<8 * 256 {
      let previous = tables[position - 256]
      tables.append(previous >> 8 ^ tables[Int(previous & 0xFF)])
    }
    return tables
  }()

  static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    tables.withUnsafeBufferPointer { table in
      var value = ~UInt32(0)
      var position = 0
      while position + 8 <= bytes.count {
        let low = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)) ^ value
        let high = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position + 4, as: UInt32.self))
        value = 0
        for byte in 0..<4 {
          value ^= table[(7 - byte) * 256 + Int(low >> (8 * byte) & 0xFF)]
          value ^= table[(3 - byte) * 256 + Int(high >> (8 * byte) & 0xFF)]
        }
        position += 8
      }
      for byte in bytes[position...] { value = value >> 8 ^ table[Int((value ^ UInt32(byte)) & 0xFF)] }
      return ~value
    }
  }
}
