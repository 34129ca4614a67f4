import Foundation

/// Counts latencies in bounded memory, in buckets that are two percent wide.
struct LatencyHistogram {
  private static let least = 0.001, growth = 1.02
  private static let bucketCount = 1200

  private var counts = [Int](repeating: 0, count: bucketCount)
  private var total = 0

  /// Adds a latency in milliseconds.
  mutating func add(_ milliseconds: Double) {
    let bucket = log(max(milliseconds, Self.least) / Self.least) / log(Self.growth)
    counts[min(Self.bucketCount - 1, Int(bucket))] += 1
    total += 1
  }

  /// The latencies in milliseconds that half of all and 99 of 100 do not exceed, up to two percent; nil if there are none.
  var medianAndP99: (median: Double, p99: Double)? { total == 0 ? nil : (quantile(0.5), quantile(0.99)) }

  private func quantile(_ share: Double) -> Double {
    var left = Int((share * Double(total)).rounded(.up))
    for (bucket, count) in counts.enumerated() {
      left -= count
      if left <= 0 { return Self.least * pow(Self.growth, Double(bucket + 1)) }
    }
    return .infinity
  }
}
