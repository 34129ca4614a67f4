/// A chart with two axes that fits any width: what is drawn stretches, text and dots keep their size.
///
/// Grid, marks and lines are in an SVG without a view box, in shares of its width and height; the axes' texts are HTML beside it.
package struct Chart {
  package let x: Axis
  package let y: Axis
  /// What it shows, for those who do not see it.
  package let label: String
  /// Height of the plot in pixels.
  package var height: Int
  /// Another class of the figure.
  package var style: Markup
  /// What stands before the vertical axis' title.
  package var mark: Markup

  /// A chart; its plot is 260 pixels high if nothing else is said.
  package init(x: Axis, y: Axis, label: String, height: Int = 260, style: Markup = "", mark: Markup = "") {
    self.x = x
    self.y = y
    self.label = label
    self.height = height
    self.style = style
    self.mark = mark
  }

  /// The chart around what is drawn in it.
  package func markup(_ content: Markup) -> Markup {
    let rows = y.labels.map { "<span style=\"top:\(100 * (1 - $0.place))%\">\($0.text)</span>" as Markup }
    // Every second one gives way where there is no room.
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

  /// Where a point is, as shares of width and height from the lower left.
  package func place(_ x: Double, _ y: Double) -> (x: Double, y: Double) { (self.x.place(x), self.y.place(y)) }

  /// A line through points, in the axes' units.
  package func curve(_ points: [(x: Double, y: Double)], _ style: Markup) -> Markup {
    "<polyline class=\"\(style)\" points=\"\(points.map(pair))\"/>"
  }

  /// An area around points, in the axes' units.
  package func area(_ points: [(x: Double, y: Double)], _ style: Markup) -> Markup {
    "<polygon class=\"\(style)\" points=\"\(points.map(pair))\"/>"
  }

  /// What holds curves and areas.
  package static func stretched(_ content: Markup) -> Markup {
    "<svg class=\"stretched\" viewBox=\"0 0 1000 1000\" preserveAspectRatio=\"none\">\(content)</svg>"
  }

  /// A dot that keeps its shape, with its tip.
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
