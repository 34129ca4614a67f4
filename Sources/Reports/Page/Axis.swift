import Foundation

/// An axis of a chart: its range and its labelled ticks.
package struct Axis {
  /// The values at its ends.
  let low, high: Double
  let ticks: [Double]
  /// The quantity that it shows.
  let title: String
  private let isLogarithmic: Bool
  private let text: (Double) -> String

  /// Creates an axis that starts and ends at a tick; ticks are 1, 2 or 5 times a power of ten apart.
  ///
  /// - Parameters:
  ///   - title: The quantity that it shows.
  ///   - range: The range of the values.
  ///   - unit: The unit after the numbers.
  ///   - parts: The approximate number of intervals between ticks.
  ///   - isTight: Whether it ends at the values instead of the next tick.
  package init(_ title: String, _ range: ClosedRange<Double>, unit: String = "", parts: Int = 5, isTight: Bool = false)
  {
    let span = range.upperBound > range.lowerBound ? range.upperBound - range.lowerBound : 1
    let power = pow(10, log10(span / Double(parts)).rounded(.down))
    let step = [1, 2, 5, 10].map { $0 * power }.first { span / $0 <= Double(parts + 1) } ?? span
    let first = (range.lowerBound / step + 1e-9).rounded(.down)
    let last = max((range.upperBound / step - 1e-9).rounded(.up), first + 1)
    self.title = title
    isLogarithmic = false
    let from = isTight ? range.lowerBound : first * step
    let to = isTight ? range.lowerBound + span : last * step
    (low, high) = (from, to)
    ticks = stride(from: first, through: last, by: 1).map { $0 * step }
      .filter { $0 >= from - 1e-9 * span && $0 <= to + 1e-9 * span }
    let decimals = max(0, -Int(log10(step * 1.0001).rounded(.down)))
    text = { value in
      if decimals <= 4 { return value.fixed(decimals) + unit }
      return value == 0 ? "0" : String(format: "%.0e", value)
    }
  }

  /// Creates a logarithmic axis with ticks at 1, 2 and 5 of each power of ten, or at powers of ten alone if those would
  /// be too many.
  package init(logarithmic title: String, _ range: ClosedRange<Double>) {
    self.title = title
    isLogarithmic = true
    (low, high) = (range.lowerBound, range.upperBound)
    let decades = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
    let all = decades.flatMap { decade in [1.0, 2, 5].map { $0 * pow(10, Double(decade)) } }.filter(range.contains)
    ticks = all.count <= 10 ? all : all.filter { abs(pow(10, log10($0).rounded()) / $0 - 1) < 0.01 }
    text = { $0 >= 1 ? $0.fixed(0) : $0.fixed(Int(-log10($0 * 1.0001).rounded(.down))) }
  }

  /// Returns the place of a value, 0...1 from one end to the other; values beyond an end are clamped.
  package func place(_ value: Double) -> Double {
    let share = isLogarithmic ? log(value / low) / log(high / low) : (value - low) / (high - low)
    return min(max(share, 0), 1)
  }

  /// The places and texts of the ticks.
  var labels: [(place: Double, text: String)] { ticks.map { (place($0), text($0)) } }
}
