import IR
import Quantization

/// The SQNR of each value along the network, as a chart.
struct PrecisionPlot {
  private let values: [QuantizationReport.Value]
  private let chart: Chart

  init(_ values: [QuantizationReport.Value]) {
    self.values = values
    let all = values.flatMap { [$0.calibrationDecibels] + ($0.otherDecibels.map { [$0] } ?? []) }
      .filter(\.isFinite)
    chart = Chart(
      x: Axis("value number, from the clip to the results", 0...Double(max(values.count - 1, 1)), isTight: true),
      y: Axis("SQNR, dB", min(all.min() ?? 0, 0)...max(all.max() ?? 0, 10)),
      label: "Signal-to-noise ratio of \(values.count) values in dB, in the order in which they are computed",
      height: 300)
  }

  var section: Markup {
    let hasOthers = values.contains { $0.otherDecibels != nil }
    let others: Markup = hasOthers ? "<span class=\"key hollow plain\"><i></i>held-out clips</span>" : ""
    return """
      <section>
      <h2>Precision along the network</h2>
      <p class="lead">Each dot is a value\(hasOthers ? ": full on calibration clips, hollow on held-out clips" : ", on calibration clips"). The \
      lower, the more is lost.</p>
      \(chart.markup("<g class=\"dots\">\(values.indices.map(dots))</g>"))
      <p class="legend"><span class="key round k0"><i></i>8 bits</span><span class="key round k1"><i></i>16 bits</span>\
      \(others)</p>
      </section>
      """
  }

  private func dots(_ index: Int) -> Markup {
    let value = values[index]
    let colour: Markup =
      if case .word = value.form { "k1" } else { "k0" }
    let others = value.otherDecibels.map { ", \($0.fixed(1)) dB on held-out clips" } ?? ""
    let tip = "\(value.name)\n\(value.layer)\n\(value.formText)\n\(value.calibrationDecibels.fixed(1)) dB\(others)"
    let hollow = value.otherDecibels.map { decibels -> Markup in
      let (x, y) = chart.place(Double(index), decibels)
      return "<circle class=\"hollow \(colour)\" cx=\"\(100 * x)%\" cy=\"\(100 * (1 - y))%\" r=\"4\"/>"
    }
    return """
      \(hollow ?? "")\(chart.dot(Double(index), value.calibrationDecibels, radius: 5, colour, step: "\(index)", tip: tip))
      """
  }
}
