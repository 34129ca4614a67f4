/// A histogram of numbers in bounded memory: bins over ±limit, a power of two that grows with the numbers.
struct Histogram {
  static let binCount = 4096
  /// All numbers so far are within ±limit; 0 before the first number that is not 0.
  private(set) var limit: Float = 0
  private(set) var counts = [UInt64](repeating: 0, count: binCount)

  /// Adds finite numbers.
  mutating func add(_ values: [Float]) {
    let largest = values.reduce(Float(0)) { max($0, abs($1)) }
    if largest > limit { grow(to: largest) }
    guard limit > 0 else {
      counts[Self.binCount / 2] += UInt64(values.count)
      return
    }
    let scale = Float(Self.binCount / 2) / limit
    for value in values {
      let bin = Int((value * scale).rounded(.down)) + Self.binCount / 2
      counts[min(max(bin, 0), Self.binCount - 1)] += 1
    }
  }

  /// The center of each bin that is not empty, with its count.
  var bins: [(value: Float, count: Double)] {
    let width = limit / Float(Self.binCount / 2)
    return counts.indices.compactMap { bin in
      counts[bin] == 0
        ? nil : ((Float(bin - Self.binCount / 2) + (limit == 0 ? 0 : 0.5)) * width, Double(counts[bin]))
    }
  }

  /// Doubles the width of the bins by merging pairs, as often as necessary.
  private mutating func grow(to largest: Float) {
    let target = max(Float(sign: .plus, exponent: largest.exponent + 1, significand: 1), 0x1p-100)
    if limit == 0 {
      // All numbers before were 0, and stay in the bin just above it.
      limit = target
      return
    }
    let middle = Self.binCount / 2
    while limit < target {
      var merged = [UInt64](repeating: 0, count: Self.binCount)
      for (bin, count) in counts.enumerated() { merged[(bin - middle) >> 1 + middle] += count }
      counts = merged
      limit *= 2
    }
  }
}
