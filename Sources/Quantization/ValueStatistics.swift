import Tensors

/// The statistics of one value of a network over calibration clips, in bounded memory.
struct ValueStatistics {
  /// The weight of the old average when a clip is added.
  private static let momentum: Float = 0.9

  private(set) var lowest = Float.infinity
  private(set) var highest = -Float.infinity
  /// The moving averages of the clips' minimum and maximum.
  private(set) var averageLowest: Float = 0
  private(set) var averageHighest: Float = 0
  private(set) var histogram = Histogram()
  /// The largest absolute value of each channel (axis 1).
  private(set) var channelPeaks: [Float] = []
  private var clips = 0

  /// Adds a clip's tensor.
  ///
  /// - Returns: Whether all numbers are finite; if not, nothing is added.
  mutating func add(_ tensor: Tensor) -> Bool {
    let values = tensor.elements(as: Float.self)
    guard values.allSatisfy(\.isFinite) else { return false }
    guard let (low, high) = Self.extremes(values) else { return true }
    lowest = min(lowest, low)
    highest = max(highest, high)
    averageLowest = clips == 0 ? low : Self.momentum * averageLowest + (1 - Self.momentum) * low
    averageHighest = clips == 0 ? high : Self.momentum * averageHighest + (1 - Self.momentum) * high
    clips += 1
    histogram.add(values)
    addPeaks(values, shape: tensor.shape)
    return true
  }

  private static func extremes(_ values: [Float]) -> (Float, Float)? {
    guard let first = values.first else { return nil }
    return values.reduce((first, first)) { (min($0.0, $1), max($0.1, $1)) }
  }

  private mutating func addPeaks(_ values: [Float], shape: [Int]) {
    let channels = shape.count > 1 ? shape[1] : 1
    let plane = max(shape.dropFirst(2).reduce(1, *), 1)
    if channelPeaks.isEmpty { channelPeaks = [Float](repeating: 0, count: channels) }
    for start in stride(from: 0, to: values.count, by: plane) {
      let channel = start / plane % channels
      for value in values[start..<start + plane] { channelPeaks[channel] = max(channelPeaks[channel], abs(value)) }
    }
  }
}
