import Foundation

extension ProfilePage {
  /// Every step with arithmetic by its operations per byte and its speed, under what the processor can do.
  var roofline: Markup {
    let dots = steps.filter { $0.flops > 0 && $0.milliseconds > 0 }.sorted { $0.share > $1.share }
    guard let plot = RooflinePlot(dots, report.roofs) else { return "" }
    return """
      <section>
      <h2>Roofline</h2>
      <p class="lead">Each dot is a step, its area the share of the time. What is under the slope waits for memory, what is
      under the level roof computes; dots above the slope work from caches.</p>
      <div class="scroll"><svg class="roofline" viewBox="0 0 \(RooflinePlot.width) \(RooflinePlot.height)" role="img"
      aria-label="Roofline plot of \(dots.count) steps: GFLOP/s by FLOP per byte, both logarithmic">
      \(plot.grid)
      \(plot.roofs)
      <g class="dots">\(dots.map { dot in
        let point = plot.point(dot.intensity, dot.flopsPerSecond)
        return """
          <circle class="\(colour(dot.kind))" data-step="\(dot.steps[0])" cx="\(point.x)" cy="\(point.y)" \
          r="\(3 + 26 * dot.share.squareRoot())" tabindex="0" aria-label="\(tip(dot))"><title>\(tip(dot))</title></circle>
          """ as Markup
      })</g>
      </svg></div>
      </section>
      """
  }
}

/// The axes and roofs of a roofline plot, in SVG's coordinates.
struct RooflinePlot {
  static let width = 1040.0
  static let height = 500.0
  private static let area = (left: 68.0, right: 1024.0, top: 24.0, bottom: 448.0)

  private let peak: ProfileReport.Roofs
  /// The ends of the axes: operations per byte, operations per second.
  private let x: (low: Double, high: Double)
  private let y: (low: Double, high: Double)

  /// Axes that show all dots and where the roofs meet; nil without dots.
  init?(_ dots: [ProfileReport.Line], _ roofs: ProfileReport.Roofs) {
    guard let slowest = dots.map(\.flopsPerSecond).min(), let fastest = dots.map(\.flopsPerSecond).max(),
      let least = dots.map(\.intensity).min(), let most = dots.map(\.intensity).max()
    else { return nil }
    peak = roofs
    x = (min(least, roofs.flops / roofs.cacheBandwidth) / 1.6, max(most, roofs.flops / roofs.memoryBandwidth) * 2)
    y = (slowest / 2, max(fastest, roofs.flops) * 1.8)
  }

  /// Where a step is.
  func point(_ intensity: Double, _ flops: Double) -> (x: Double, y: Double) {
    let across = log(intensity / x.low) / log(x.high / x.low)
    let up = log(flops / y.low) / log(y.high / y.low)
    return (
      Self.area.left + across * (Self.area.right - Self.area.left),
      Self.area.bottom - up * (Self.area.bottom - Self.area.top)
    )
  }

  /// Lines and numbers at 1, 2 and 5 of each power of ten, and what the axes show.
  var grid: Markup {
    let columns = Self.ticks(x).map { value -> Markup in
      let place = point(value, y.low).x
      return """
        <line class="grid" x1="\(place)" y1="\(Self.area.top)" x2="\(place)" y2="\(Self.area.bottom)"/>\
        <text class="tick" x="\(place)" y="\(Self.area.bottom + 18)" text-anchor="middle">\(Self.text(value))</text>
        """
    }
    let rows = Self.ticks((y.low / 1e9, y.high / 1e9)).map { value -> Markup in
      let place = point(x.low, value * 1e9).y
      return """
        <line class="grid" x1="\(Self.area.left)" y1="\(place)" x2="\(Self.area.right)" y2="\(place)"/>\
        <text class="tick" x="\(Self.area.left - 8)" y="\(place + 4)" text-anchor="end">\(Self.text(value))</text>
        """
    }
    return """
      \(columns)\(rows)
      <text class="axis" x="\((Self.area.left + Self.area.right) / 2)" y="\(Self.height - 8)" text-anchor="middle">FLOP per byte</text>
      <text class="axis" transform="translate(16 \((Self.area.top + Self.area.bottom) / 2)) rotate(-90)" text-anchor="middle">GFLOP/s</text>
      """
  }

  /// What memory, caches and arithmetic allow.
  var roofs: Markup {
    let memory = slope(peak.memoryBandwidth)
    let cache = slope(peak.cacheBandwidth)
    let corner = point(peak.flops / peak.memoryBandwidth, peak.flops)
    let level = point(x.high, peak.flops)
    return """
      <polygon class="under" points="\(memory.start.x),\(memory.start.y) \(corner.x),\(corner.y) \(level.x),\(level.y) \
      \(level.x),\(Self.area.bottom) \(memory.start.x),\(Self.area.bottom)"/>
      <line class="roof cache" x1="\(cache.start.x)" y1="\(cache.start.y)" x2="\(cache.end.x)" y2="\(cache.end.y)"/>
      <polyline class="roof" points="\(memory.start.x),\(memory.start.y) \(corner.x),\(corner.y) \(level.x),\(level.y)"/>
      <line class="roof cache" x1="\(cache.end.x)" y1="\(cache.end.y)" x2="\(corner.x)" y2="\(corner.y)"/>
      \(label("memory \((peak.memoryBandwidth / 1e9).fixed(0)) GB/s", along: memory))
      \(label("cache \((peak.cacheBandwidth / 1e9).fixed(0)) GB/s", along: cache))
      <text class="rooftext" x="\(level.x - 6)" y="\(level.y - 8)" text-anchor="end">peak \
      \((peak.flops / 1e9).fixed(0)) GFLOP/s</text>
      """
  }

  private typealias Slope = (start: (x: Double, y: Double), end: (x: Double, y: Double))

  /// The line of a bandwidth, from the edge of the plot to the peak.
  private func slope(_ bandwidth: Double) -> Slope {
    let start = max(x.low, y.low / bandwidth)
    return (point(start, start * bandwidth), point(peak.flops / bandwidth, peak.flops))
  }

  /// Text along a slope, above its middle.
  private func label(_ text: String, along line: Slope) -> Markup {
    let angle = atan2(line.end.y - line.start.y, line.end.x - line.start.x) * 180 / .pi
    let (x, y) = ((line.start.x + line.end.x) / 2, (line.start.y + line.end.y) / 2)
    return """
      <text class="rooftext" transform="translate(\(x) \(y)) rotate(\(angle))" y="-8" text-anchor="middle">\(text)</text>
      """
  }

  /// 1, 2 and 5 of each power of ten within a range; powers of ten alone where those would be too many.
  private static func ticks(_ range: (low: Double, high: Double)) -> [Double] {
    let decades = Int(log10(range.low).rounded(.down))...Int(log10(range.high).rounded(.up))
    let all = decades.flatMap { decade in [1.0, 2, 5].map { $0 * pow(10, Double(decade)) } }
      .filter { $0 >= range.low && $0 <= range.high }
    return all.count <= 12
      ? all : all.filter { pow(10, log10($0).rounded()) / $0 > 0.99 && pow(10, log10($0).rounded()) / $0 < 1.01 }
  }

  private static func text(_ value: Double) -> String {
    value >= 1 ? value.fixed(0) : value.fixed(Int(-log10(value).rounded(.down)))
  }
}
