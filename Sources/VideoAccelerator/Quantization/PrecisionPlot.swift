import Deployment

/// The signal-to-noise ratio of each value along the network, as SVG.
struct PrecisionPlot {
  private static let width = 1040.0
  private static let height = 360.0
  private static let area = (left: 56.0, right: 1024.0, top: 16.0, bottom: 316.0)
  private static let step = 10.0

  private let values: [QuantizationReport.Value]
  /// The lines that the axis begins and ends with, in dB.
  private let low: Double
  private let high: Double

  init(_ values: [QuantizationReport.Value]) {
    self.values = values
    let all = values.flatMap { [$0.calibrationDecibels] + ($0.otherDecibels.map { [$0] } ?? []) }
    low = min(((all.min() ?? 0) / Self.step).rounded(.down) * Self.step, 0)
    high = max(((all.max() ?? 0) / Self.step).rounded(.up) * Self.step, low + Self.step)
  }

  var section: Markup {
    """
    <section>
    <h2>Precision along the network</h2>
    <p class="lead">Each dot is a value, from the clip to the results: full on clips of calibration, hollow on others. The lower,
    the more is lost.</p>
    <div class="scroll"><svg class="roofline" viewBox="0 0 \(Self.width) \(Self.height)" role="img"
    aria-label="Signal-to-noise ratio of \(values.count) values in dB, in the order in which they are computed">
    \(grid)
    <g class="dots">\(values.indices.map(dots))</g>
    </svg></div>
    <p class="legend"><span class="key k0"><i></i>8 bits</span><span class="key k1"><i></i>16 bits</span></p>
    </section>
    """
  }

  private var grid: Markup {
    let lines = stride(from: low, through: high, by: Self.step).map { decibels -> Markup in
      let y = height(decibels)
      return """
        <line class="grid" x1="\(Self.area.left)" y1="\(y)" x2="\(Self.area.right)" y2="\(y)"/>\
        <text class="tick" x="\(Self.area.left - 8)" y="\(y + 4)" text-anchor="end">\(decibels.fixed(0))</text>
        """
    }
    return """
      \(lines)
      <text class="axis" x="\((Self.area.left + Self.area.right) / 2)" y="\(Self.height - 10)" text-anchor="middle">from \
      the clip to the results</text>
      <text class="axis" transform="translate(16 \((Self.area.top + Self.area.bottom) / 2)) rotate(-90)" \
      text-anchor="middle">dB</text>
      """
  }

  private func dots(_ index: Int) -> Markup {
    let value = values[index]
    let x = Self.area.left + (Double(index) + 0.5) / Double(values.count) * (Self.area.right - Self.area.left)
    let colour: Markup =
      if case .word = value.form { "k1" } else { "k0" }
    let others = value.otherDecibels.map { ", \($0.fixed(1)) dB on other clips" } ?? ""
    let tip = "\(value.name)\n\(value.layer)\n\(value.formText)\n\(value.calibrationDecibels.fixed(1)) dB\(others)"
    let hollow = value.otherDecibels.map { decibels -> Markup in
      "<circle class=\"hollow \(colour)\" cx=\"\(x)\" cy=\"\(height(decibels))\" r=\"4\"/>"
    }
    return """
      \(hollow ?? "")<circle class="\(colour)" data-step="\(index)" cx="\(x)" cy="\(height(value.calibrationDecibels))" r="5" \
      tabindex="0" aria-label="\(tip)"><title>\(tip)</title></circle>
      """
  }

  private func height(_ decibels: Double) -> Double {
    Self.area.bottom - (decibels - low) / (high - low) * (Self.area.bottom - Self.area.top)
  }
}
