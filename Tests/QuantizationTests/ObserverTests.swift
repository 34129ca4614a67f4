@testable import Quantization
import CPU
import IR
import Tensors
import Testing

/// From what calibration has seen to bytes.
@Suite struct ObserverTests {
  static func statistics(_ clips: [[Float]]) -> ValueStatistics {
    var statistics = ValueStatistics()
    for clip in clips { _ = statistics.add(Tensor(clip, shape: [1, clip.count])) }
    return statistics
  }

  @Test(
    arguments: [
      // After ReLU all bytes are for numbers above 0.
      ([0, 1, 51], 0.2, -128),
      ([-51, -3], 0.2, 127),
      // Numbers that all have the same sign: 0 is in the range though.
      ([100, 102], 0.4, -128),
      ([-1, 1], 2 / 255, -1),
      // A constant, and nothing at all.
      ([7, 7, 7], 7 / 255, -128),
      ([0, 0], 1, 0),
      ([], 1, 0),
      // Numbers too small for float32's quotients.
      ([0, 1e-30], 0x1p-60, -128),
      ([0, 3e38], 0x1p60, -128),
      ([-3e38, 0], 0x1p60, 127),
    ] as [([Float], Float, Int8)])
  func rangesHoldZeroExactly(_ values: [Float], _ scale: Float, _ zeroPoint: Int8) {
    let found = Observer.minMax.quantization(Self.statistics([values]))
    #expect(abs(found.scale / scale - 1) < 1e-5)
    #expect(found.zeroPoint == zeroPoint)
    let zero = Reference.Quantized.quantize(0, found)
    #expect(Reference.Quantized.dequantize(zero, found) == 0)
  }

  @Test(arguments: Observer.allCases) func numbersWithinTheRangeComeBackWithinHalfAStep(_ observer: Observer) {
    let values = (0..<1000).map { Float($0) / 100 - 3 }
    let quantization = observer.quantization(Self.statistics([values]))
    let (low, high) = (
      Reference.Quantized.dequantize(-128, quantization), Reference.Quantized.dequantize(127, quantization)
    )
    #expect(low < -2.5 && high > 6)
    for value in values where value > low && value < high {
      let back = Reference.Quantized.dequantize(Reference.Quantized.quantize(value, quantization), quantization)
      #expect(abs(back - value) <= quantization.scale * 0.501)
    }
    // Numbers beyond saturate.
    #expect(Reference.Quantized.quantize(1e30, quantization) == 127)
    #expect(Reference.Quantized.quantize(-.infinity, quantization) == -128)
  }

  /// Many small numbers and one that is large.
  static let outlier = (0..<100_000).map { Float($0 % 200) / 100 - 1 } + [100]

  @Test func minMaxKeepsAnOutlierAndOthersLetItSaturate() {
    let statistics = Self.statistics([Self.outlier])
    #expect(Observer.minMax.quantization(statistics).scale > 0.39)
    #expect(Observer.percentile.quantization(statistics).scale < 0.01)
  }

  @Test func theSmallestErrorIsFound() {
    let values = (1..<5000).map { Float(20) / Float($0) }
    let statistics = Self.statistics([values])
    let error = { (observer: Observer) in
      let quantization = observer.quantization(statistics)
      return values.reduce(0.0) { sum, value in
        let back = Reference.Quantized.dequantize(Reference.Quantized.quantize(value, quantization), quantization)
        return sum + Double((back - value) * (back - value))
      }
    }
    for observer in Observer.allCases { #expect(error(.mse) <= error(observer) * 1.01, "\(observer)") }
  }

  @Test func theMovingAverageFollowsTheClips() {
    let statistics = Self.statistics([[0, 1]] + [[Float]](repeating: [0, 2], count: 50))
    let found = Observer.movingAverage.quantization(statistics)
    #expect(abs(found.scale * 255 - 2) < 0.02)
    let jump = Observer.movingAverage.quantization(Self.statistics([[0, 1], [0, 11]]))
    #expect(abs(jump.scale * 255 - 2) < 1e-3)
  }

  @Test func histogramsGrowWithoutLosingCounts() {
    var histogram = Histogram()
    histogram.add([0, 0, 0])
    #expect(histogram.bins.map(\.value) == [0])
    for exponent in -20...20 { histogram.add([Float(sign: .plus, exponent: exponent, significand: 1.5)]) }
    histogram.add([-1e6])
    #expect(histogram.bins.reduce(0) { $0 + $1.count } == 45)
    #expect(histogram.bins.first.map { abs($0.value + 1e6) < 1e3 } == true)
    let large = Float(sign: .plus, exponent: 20, significand: 1.5)
    #expect(histogram.bins.last.map { abs($0.value - large) < 1e3 } == true)
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity]) func numbersThatAreNoneAreNotTaken(_ value: Float) {
    var statistics = Self.statistics([[1, 2]])
    let isTaken = statistics.add(Tensor([0, value], shape: [1, 2]))
    #expect(!isTaken)
    #expect(statistics.highest == 2 && statistics.lowest == 1)
  }
}
