import Foundation

/// A value by steps, as SVG: a line of training, dots of validation.
struct CurvePlot {
  struct Point {
    let x: Double
    let y: Double
    var note = ""
  }

  private static let width = 520.0
  private static let height = 330.0
  private static let area = (left: 66.0, right: 504.0, top: 16.0, bottom: 278.0)
  /// The most points of a line.
  private static let pointLimit = 200

  private let title: String
  private let line: [Bucket]
  private let marks: [Point]
  private let text: (Double) -> String
  /// The ends of the axes.
  private let x: (low: Double, high: Double)
  private let y: (low: Double, high: Double)
  private let ticks: [Double]

  /// Neighbouring points as one.
  private struct Bucket {
    let x: Double
    let mean: Double
    let low: Double
    let high: Double
  }

  /// A plot.
  ///
  /// - Parameters:
  ///   - lines: What was measured at each step.
  ///   - marks: What was measured now and then.
  ///   - ends: The ends of the vertical axis; nil: what shows everything.
  ///   - text: A value as text.
  init(title: String, lines: [Point], marks: [Point], ends: (Double, Double)?, text: @escaping (Double) -> String) {
    self.title = title
    self.text = text
    line = Self.buckets(lines.filter(\.y.isFinite))
    self.marks = marks.filter(\.y.isFinite)
    let all = line.flatMap { [$0.low, $0.high] } + self.marks.map(\.y)
    let places = line.map(\.x) + self.marks.map(\.x)
    x = (0, max(places.max() ?? 1, 1))
    (y, ticks) = Self.axis(ends ?? (min(all.min() ?? 0, 0), all.max() ?? 1))
  }

  var section: Markup {
    guard !line.isEmpty || !marks.isEmpty else { return "" }
    let key: Markup =
      marks.isEmpty
      ? ""
      : "<p class=\"legend\"><span class=\"key k0\"><i></i>training</span><span class=\"key k1\"><i></i>validation</span></p>"
    return """
      <section>
      <h2>\(title)</h2>
      <div class="scroll"><svg class="curves" viewBox="0 0 \(Self.width) \(Self.height)" role="img"
      aria-label="\(title) by steps of training">
      \(grid)
      <polygon class="band k0" points="\(band)"/>
      <polyline class="curve k0" points="\(line.map { pair($0.x, $0.mean) })"/>
      <polyline class="curve k1" points="\(marks.map { pair($0.x, $0.y) })"/>
      <g class="dots">\(marks.map(dot))</g>
      </svg></div>
      \(key)
      </section>
      """
  }

  private var band: [Markup] {
    line.map { pair($0.x, $0.high) } + line.reversed().map { pair($0.x, $0.low) }
  }

  private func dot(_ mark: Point) -> Markup {
    let place = place(mark.x, mark.y)
    let tip = "\(title), validation\n\(text(mark.y))\n\(mark.note)"
    return """
      <circle class="k1" data-step="\(title) \(mark.x.fixed(0))" cx="\(place.x)" cy="\(place.y)" r="5" tabindex="0" \
      aria-label="\(tip)"><title>\(tip)</title></circle>
      """
  }

  private var grid: Markup {
    let rows = ticks.map { value -> Markup in
      let y = place(0, value).y
      return """
        <line class="grid" x1="\(Self.area.left)" y1="\(y)" x2="\(Self.area.right)" y2="\(y)"/>\
        <text class="tick" x="\(Self.area.left - 8)" y="\(y + 4)" text-anchor="end">\(text(value))</text>
        """
    }
    let columns = Self.axis((x.low, x.high)).ticks.filter { $0 <= x.high && $0 == $0.rounded() }.map {
      value -> Markup in
      let x = place(value, y.low).x
      return """
        <text class="tick" x="\(x)" y="\(Self.area.bottom + 20)" text-anchor="middle">\(value.fixed(0))</text>
        """
    }
    return """
      \(rows)\(columns)
      <text class="axis" x="\((Self.area.left + Self.area.right) / 2)" y="\(Self.height - 8)" text-anchor="middle">steps</text>
      """
  }

  private func pair(_ x: Double, _ y: Double) -> Markup {
    let place = place(x, y)
    return "\(place.x),\(place.y) "
  }

  private func place(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
    let across = (x - self.x.low) / (self.x.high - self.x.low)
    let up = min(max((y - self.y.low) / (self.y.high - self.y.low), 0), 1)
    return (
      Self.area.left + across * (Self.area.right - Self.area.left),
      Self.area.bottom - up * (Self.area.bottom - Self.area.top)
    )
  }

  private static func buckets(_ points: [Point]) -> [Bucket] {
    let size = max(1, (points.count + pointLimit - 1) / pointLimit)
    return stride(from: 0, to: points.count, by: size).map { start in
      let part = points[start..<min(start + size, points.count)]
      let values = part.map(\.y)
      return Bucket(
        x: part.reduce(0) { $0 + $1.x } / Double(part.count), mean: values.reduce(0, +) / Double(values.count),
        low: values.min() ?? 0, high: values.max() ?? 0)
    }
  }

  /// An axis that shows a range, with about five lines at 1, 2 or 5 times a power of ten.
  private static func axis(
    _ range: (low: Double, high: Double)
  ) -> (ends: (low: Double, high: Double), ticks: [Double]) {
    let span = range.high > range.low ? range.high - range.low : 1
    let power = pow(10, log10(span / 5).rounded(.down))
    let step = [1, 2, 5, 10].map { $0 * power }.first { span / $0 <= 6 } ?? span
    let first = (range.low / step).rounded(.down)
    let last = max((range.high / step - 1e-9).rounded(.up), first + 1)
    return ((first * step, last * step), Array(stride(from: first, through: last, by: 1)).map { $0 * step })
  }
}
