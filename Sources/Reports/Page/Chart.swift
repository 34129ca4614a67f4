/// A chart with two axes that fits any width: curves stretch, text and dots keep their size.
///
/// Grid, marks and lines are in an SVG without a view box, in percent of its width and height; the axes' texts are HTML
/// beside it.
package struct Chart {
  package let x: Axis
  package let y: Axis
  /// A description of what it shows, for screen readers.
  package let label: String
  /// The height of the plot in pixels.
  package var height: Int
  /// An additional class of the figure.
  package var style: Markup
  /// The mark before the vertical axis's title.
  package var mark: Markup

  /// Creates a chart.
  package init(x: Axis, y: Axis, label: String, height: Int = 260, style: Markup = "", mark: Markup = "") {
    self.x = x
    self.y = y
    self.label = label
    self.height = height
    self.style = style
    self.mark = mark
  }

  /// Returns the chart around its content.
  package func markup(_ content: Markup) -> Markup {
    let rows = y.labels.map { "<span style=\"top:\(100 * (1 - $0.place))%\">\($0.text)</span>" as Markup }
    // Every second label is hidden where there is no room.
    let columns = x.labels.enumerated().map { index, tick -> Markup in
      "<span\(index % 2 == 1 ? " class=\"minor\"" : "" as Markup) style=\"left:\(100 * tick.place)%\">\(tick.text)</span>"
    }
    return """
      <figure class="chart \(style)" style="--h:\(height)px">
      <p class="axis up">\(mark)\(y.title)</p>
      <div class="ticks up">\(rows)</div>
      <svg class="plot" role="img" aria-label="\(label)">
      \(y.labels.map { Self.line(0, $0.place, 1, $0.place, "grid") })
      \(x.labels.map { Self.line($0.place, 0, $0.place, 1, "grid across") })
      \(content)
      </svg>
      <div class="ticks along">\(columns)</div>
      <p class="axis along">\(x.title)</p>
      </figure>
      """
  }

  /// Returns the place of a point, as shares of width and height from the lower left.
  package func place(_ x: Double, _ y: Double) -> (x: Double, y: Double) { (self.x.place(x), self.y.place(y)) }

  /// Returns a line through points, in the axes' units.
  package func curve(_ points: [(x: Double, y: Double)], _ style: Markup) -> Markup {
    "<polyline class=\"\(style)\" points=\"\(points.map(pair))\"/>"
  }

  /// Returns an area around points, in the axes' units.
  package func area(_ points: [(x: Double, y: Double)], _ style: Markup) -> Markup {
    "<polygon class=\"\(style)\" points=\"\(points.map(pair))\"/>"
  }

  /// Returns the container of curves and areas.
  package static func stretched(_ content: Markup) -> Markup {
    "<svg class=\"stretched\" viewBox=\"0 0 1000 1000\" preserveAspectRatio=\"none\">\(content)</svg>"
  }

  /// Returns a dot that keeps its shape, with its tip.
  package func dot(_ x: Double, _ y: Double, radius: Double, _ style: Markup, step: String, tip: String) -> Markup {
    let (x, y) = place(x, y)
    return """
      <circle class="\(style)" data-step="\(step)" cx="\(100 * x)%" cy="\(100 * (1 - y))%" r="\(radius)" \
      tabindex="0" aria-label="\(tip)"><title>\(tip)</title></circle>
      """
  }

  private func pair(_ point: (x: Double, y: Double)) -> Markup {
    let (x, y) = place(point.x, point.y)
    return "\(1000 * x),\(1000 * (1 - y)) "
  }

  private static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: Markup) -> Markup {
    """
    <line class="\(style)" x1="\(100 * x1)%" y1="\(100 * (1 - y1))%" x2="\(100 * x2)%" y2="\(100 * (1 - y2))%"/>
    """
  }
}
