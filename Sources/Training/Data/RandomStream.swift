import IR

/// Random numbers that follow from a seed and their purpose alone: the same in any order and on any thread.
struct RandomStream: RandomNumberGenerator {
  private let generator: CounterGenerator
  private var index = 0

  /// Creates the stream for a purpose, such as `["crop", 3, 17]` for that of sample 17 in epoch 3.
  init(seed: UInt64, _ purpose: [any Sendable & CustomStringConvertible]) {
    generator = CounterGenerator(seed: seed, name: purpose.map { "\($0)" }.joined(separator: "/"))
  }

  mutating func next() -> UInt64 {
    defer { index += 1 }
    return generator.bits(index)
  }

  /// The stream's first number, in 0 ..< 1.
  var first: Double { Double(generator.bits(0) >> 11) * 0x1p-53 }
}
