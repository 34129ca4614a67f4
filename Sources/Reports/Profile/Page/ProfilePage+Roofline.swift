extension ProfilePage {
  /// The roofline plot: every step with arithmetic by its operations per byte and its speed, below the processor's peak
  /// rates.
  var roofline: Markup {
    let dots = steps.filter { $0.flops > 0 && $0.milliseconds > 0 }.sorted { $0.share > $1.share }
    guard let plot = RooflinePlot(dots, report.roofs) else { return "" }
    let circles = dots.map { dot in
      plot.chart.dot(
        dot.intensity, dot.flopsPerSecond / 1e9, radius: 3 + 26 * dot.share.squareRoot(), colour(dot.kind),
        step: "\(dot.steps[0])", tip: tip(dot))
    }
    return """
      <section>
      <h2>Roofline</h2>
      <p class="lead">Each dot is a step, its area the share of the time. Steps under the slope are memory-bound, steps under the
      level roof compute-bound; dots above the slope work from caches.</p>
      \(plot.chart.markup("\(plot.roofs)<g class=\"dots\">\(circles)</g>"))
      \(legend)
      </section>
      """
  }
}

/// The axes and roofs of a roofline plot: operations per byte, 10⁹ operations per second.
struct RooflinePlot {
  let chart: Chart
  private let peak: ProfileReport.Roofs

  /// Creates axes that show all dots and the ridge point; returns nil without dots.
  init?(_ dots: [ProfileReport.Line], _ roofs: ProfileReport.Roofs) {
    let speeds = dots.map(\.flopsPerSecond)
    let intensities = dots.map(\.intensity)
    guard let slowest = speeds.min(), let fastest = speeds.max(), let least = intensities.min(),
      let most = intensities.max()
    else { return nil }
    peak = roofs
    let low = min(least, roofs.flops / roofs.cacheBandwidth) / 1.6
    chart = Chart(
      x: Axis(
        logarithmic: "FLOP per byte", low...max(most, roofs.flops / roofs.memoryBandwidth) * 2),
      y: Axis(logarithmic: "GFLOP/s", slowest / 2e9...max(fastest, roofs.flops) * 1.8 / 1e9),
      label: "Roofline plot of \(dots.count) steps: GFLOP/s by FLOP per byte, both logarithmic", height: 430)
  }

  /// The limits by memory, caches and arithmetic.
  var roofs: Markup {
    let level = peak.flops / 1e9
    let memory = slope(peak.memoryBandwidth)
    let cache = slope(peak.cacheBandwidth)
    let end = (x: chart.x.high, y: level)
    let foot = [(x: end.x, y: chart.y.low), (x: memory[0].x, y: chart.y.low)]
    let lines = Chart.stretched(
      """
      \(chart.area(memory + [end] + foot, "under"))
      \(chart.curve([cache[0], cache[1], memory[1]], "roof cache"))
      \(chart.curve(memory + [end], "roof"))
      """)
    return """
      \(lines)
      \(label("memory \((peak.memoryBandwidth / 1e9).fixed(0)) GB/s", at: middle(memory), anchor: "start", dx: 10, dy: 16))
      \(label("cache \((peak.cacheBandwidth / 1e9).fixed(0)) GB/s", at: middle(cache), anchor: "start", dx: 10, dy: 16))
      \(label("peak \(level.fixed(0)) GFLOP/s", at: end, anchor: "end", dx: -4, dy: -8))
      """
  }

  /// Returns the line of a bandwidth, from the edge of the plot to the peak.
  private func slope(_ bandwidth: Double) -> [(x: Double, y: Double)] {
    let start = max(chart.x.low, chart.y.low * 1e9 / bandwidth)
    return [(start, start * bandwidth / 1e9), (peak.flops / bandwidth, peak.flops / 1e9)]
  }

  private func middle(_ line: [(x: Double, y: Double)]) -> (x: Double, y: Double) {
    ((line[0].x * line[1].x).squareRoot(), (line[0].y * line[1].y).squareRoot())
  }

  private func label(
    _ text: String, at point: (x: Double, y: Double), anchor: Markup, dx: Int, dy: Int
  ) -> Markup {
    let (x, y) = chart.place(point.x, point.y)
    return """
      <text class="rooftext" x="\(100 * x)%" y="\(100 * (1 - y))%" dx="\(dx)" dy="\(dy)" text-anchor="\(anchor)">\(text)</text>
      """
  }
}
