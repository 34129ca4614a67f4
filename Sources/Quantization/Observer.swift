import IR

/// How the range of a quantized value follows from the calibration statistics.
public enum Observer: String, Sendable, CaseIterable {
  /// The full range.
  case minMax = "min-max"
  /// The moving average of the clips' minimum and maximum.
  case movingAverage = "moving-average"
  /// The range without the 0.01 % of numbers at each end.
  case percentile
  /// The range with the smallest mean square error: some large numbers saturate, so that all others are represented
  /// more finely.
  case mse

  private static let tail = 1e-4

  /// Returns the quantization of a value.
  func quantization(_ statistics: ValueStatistics) -> QuantizationParameters {
    switch self {
    case .minMax: QuantizationParameters(covering: statistics.lowest, statistics.highest)
    case .movingAverage: QuantizationParameters(covering: statistics.averageLowest, statistics.averageHighest)
    case .percentile: Self.percentile(statistics)
    case .mse: Self.leastError(statistics)
    }
  }

  private static func percentile(_ statistics: ValueStatistics) -> QuantizationParameters {
    let bins = statistics.histogram.bins
    let rest = bins.reduce(0) { $0 + $1.count } * tail
    let end = { (bins: [(value: Float, count: Double)]) -> Float in
      var passed = 0.0
      for bin in bins {
        passed += bin.count
        if passed > rest { return bin.value }
      }
      return 0
    }
    return QuantizationParameters(
      covering: max(end(bins), statistics.lowest), min(end(bins.reversed()), statistics.highest))
  }

  private static func leastError(_ statistics: ValueStatistics) -> QuantizationParameters {
    let bins = statistics.histogram.bins
    let error = { (low: Float, high: Float) in QuantizationParameters(covering: low, high).squareError(of: bins) }
    let shares = (12...40).map { Float($0) / 40 }
    var (low, high) = (min(statistics.lowest, 0), max(statistics.highest, 0))
    let (whole, top) = (low, high)
    // One end at a time; in the second pass each is optimal for the other.
    for _ in 0..<2 {
      high = shares.map { $0 * top }.min { error(low, $0) < error(low, $1) } ?? high
      low = shares.map { $0 * whole }.min { error($0, high) < error($1, high) } ?? low
    }
    return QuantizationParameters(covering: low, high)
  }
}

extension QuantizationParameters {
  /// Creates the quantization of a range of numbers, which is extended to contain 0, so that 0 is represented exactly.
  init(covering lowest: Float, _ highest: Float) {
    let (low, high) = (min(lowest, 0), max(highest, 0))
    let step = (high / 255 - low / 255)
    // A value that is always 0 may have any scale.
    guard step > 0 else {
      self.init(scale: 1, zeroPoint: 0)
      return
    }
    let scale = min(max(step, 0x1p-60), 0x1p60)
    self.init(scale: scale, zeroPoint: Int8(min(max(-128 - (low / step).rounded(.toNearestOrEven), -128), 127)))
  }

  /// Returns the sum of the squared errors that rounding and saturation cause.
  func squareError(of bins: [(value: Float, count: Double)]) -> Double {
    let (low, high) = (Float(-128 - Int(zeroPoint)), Float(127 - Int(zeroPoint)))
    let inverse = 1 / scale
    return bins.reduce(0) { sum, bin in
      let steps = min(max((bin.value * inverse).rounded(.toNearestOrEven), low), high)
      let difference = Double(steps * scale - bin.value)
      return sum + difference * difference * bin.count
    }
  }
}
