/// A small generator with a seed, so that a failing test fails again (SplitMix64: Steele, Lea and Flood, 2014).
package struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}

extension [UInt8] {
  /// These bytes with one to four of them changed: to anything, to a boundary value, by one bit, or moved.
  package func mutated(using generator: inout SeededGenerator) -> [UInt8] {
    var bytes = self
    guard !bytes.isEmpty else { return bytes }
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      let position = Int.random(in: bytes.indices, using: &generator)
      switch Int.random(in: 0..<5, using: &generator) {
      case 0: bytes[position] = .random(in: 0 ... .max, using: &generator)
      case 1: bytes[position] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
      case 2: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 3: bytes[position] = bytes[Int.random(in: bytes.indices, using: &generator)]
      default:
        // The same opcode or field many times.
        let end = Swift.min(bytes.count, position + 8)
        for index in position..<end { bytes[index] = bytes[position] }
      }
    }
    return bytes
  }
}
