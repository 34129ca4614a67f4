/// A metric by steps as a chart: training as a faint line with its running mean, validation as dots.
struct CurvePlot {
  struct Point {
    let x: Double
    let y: Double
    var note = ""
  }

  /// The largest number of points in a line.
  private static let pointLimit = 400

  private let title: String
  private let raw: [(x: Double, y: Double)]
  private let smooth: [(x: Double, y: Double)]
  private let marks: [Point]
  private let text: (Double) -> String
  private let chart: Chart

  /// Creates a plot.
  ///
  /// - Parameters:
  ///   - title: The name of the metric.
  ///   - lines: The values at each step.
  ///   - marks: The values that were measured at some steps.
  ///   - unit: The unit after the numbers of the vertical axis.
  ///   - ends: The range of the vertical axis; nil for the range of all values.
  ///   - isSmoothed: Whether the line has a running mean.
  ///   - text: Returns a value as text.
  init(
    title: String, lines: [Point], marks: [Point] = [], unit: String = "", ends: ClosedRange<Double>? = nil,
    isSmoothed: Bool = true, text: @escaping (Double) -> String
  ) {
    self.title = title
    self.text = text
    let finite = lines.filter(\.y.isFinite)
    raw = Self.thinned(finite.map { ($0.x, $0.y) })
    smooth = isSmoothed && finite.count > 8 ? Self.thinned(Self.runningMean(finite)) : []
    self.marks = marks.filter(\.y.isFinite)
    let values = raw.map(\.y) + self.marks.map(\.y)
    let most = values.max() ?? 0
    let last = (raw.map(\.x) + self.marks.map(\.x)).max() ?? 1
    chart = Chart(
      x: Axis("step", 0...max(last, 1), isTight: true),
      y: Axis("", ends ?? min(values.min() ?? 0, 0)...(most > 0 ? most : 1), unit: unit),
      label: "\(title) by steps of training", height: 240, style: "curves")
  }

  var section: Markup {
    guard !raw.isEmpty || !marks.isEmpty else { return "" }
    var keys: [Markup] = []
    if !marks.isEmpty, !raw.isEmpty { keys.append("<span class=\"key k0\"><i></i>training</span>") }
    if !marks.isEmpty { keys.append("<span class=\"key round k1\"><i></i>validation</span>") }
    let training: Markup = raw.isEmpty ? "" : chart.curve(raw, smooth.isEmpty ? "curve k0" : "curve faint k0")
    let mean: Markup = smooth.isEmpty ? "" : chart.curve(smooth, "curve smooth k0")
    let validation: Markup = marks.isEmpty ? "" : chart.curve(marks.map { ($0.x, $0.y) }, "curve k1")
    let lines = Chart.stretched("\(training)\(mean)\(validation)")
    let dots = marks.map { mark in
      chart.dot(
        mark.x, mark.y, radius: 4, "k1", step: "\(title) \(mark.x.fixed(0))",
        tip: "\(title), validation\n\(text(mark.y))\n\(mark.note)")
    }
    return """
      <section>
      <h2>\(title)</h2>
      \(chart.markup("\(lines)<g class=\"dots\">\(dots)</g>"))
      \(keys.isEmpty ? "" : "<p class=\"legend\">\(keys)</p>" as Markup)
      </section>
      """
  }

  /// Returns the mean over a twentieth of the points around each, fewer at the ends.
  private static func runningMean(_ points: [Point]) -> [(x: Double, y: Double)] {
    let reach = max(2, points.count / 40)
    var sums = [0.0]
    for point in points { sums.append(sums[sums.count - 1] + point.y) }
    return points.enumerated().map { index, point in
      // The same number on both sides, so that the ends are not biased.
      let side = min(reach, index, points.count - 1 - index)
      return (point.x, (sums[index + side + 1] - sums[index - side]) / Double(2 * side + 1))
    }
  }

  /// Returns means of neighbors, so that there are no more points than can be told apart.
  private static func thinned(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
    let size = max(1, (points.count + pointLimit - 1) / pointLimit)
    return stride(from: 0, to: points.count, by: size).map { start in
      let part = points[start..<min(start + size, points.count)]
      return (
        part.reduce(0) { $0 + $1.x } / Double(part.count), part.reduce(0) { $0 + $1.y } / Double(part.count)
      )
    }
  }
}
