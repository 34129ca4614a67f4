import Quantization
import IR

extension QuantizationReport {
  /// Returns the report as a self-contained HTML page.
  ///
  /// - Parameters:
  ///   - model: The model's name.
  ///   - origin: How the page was made.
  public func html(model: String, origin: PageOrigin = PageOrigin()) -> String {
    QuantizationPage(report: self, model: model).markup(origin).text
  }
}

/// The page of an int8 model: how close its results are, the SQNR along the network, and what stays in floating point.
struct QuantizationPage {
  let report: QuantizationReport
  let model: String

  func markup(_ origin: PageOrigin) -> Markup {
    Page.document(
      title: "\(model): int8 quantization", model: "\(model), int8", origin: origin, notes: method,
      """
      \(headline)
      \(PrecisionPlot(report.values).section)
      <div class="columns">
      <div>\(latencies)</div>
      <div>\(attempts)</div>
      </div>
      \(kept)
      \(floats)
      \(values)
      """)
  }

  private var headline: Markup {
    let results = report.others ?? report.calibration
    let name = report.others == nil ? "calibration clips" : "held-out clips"
    let agreeing = (results.top1Agreement * Double(results.clips)).rounded()
    var figures = [
      Page.figure("SQNR of the results", results.decibels.fixed(1), "dB", "on \(results.clips) \(name)"),
      Page.figure(
        "top-1 agreement", (results.top1Agreement * 100).fixed(0), "%",
        "\(agreeing.fixed(0)) of \(results.clips) \(name)"),
    ]
    if report.others != nil {
      figures.append(
        Page.figure(
          "SQNR on calibration", report.calibration.decibels.fixed(1), "dB",
          "on \(report.calibration.clips) calibration clips"))
    }
    if let latencies = report.latencies {
      let half = latencies.fp16.map { "fp16 \($0.fixed(2)) ms, " } ?? ""
      figures.append(
        Page.figure("latency", latencies.int8.fixed(2), "ms", "\(half)fp32 \(latencies.fp32.fixed(2)) ms"))
    }
    return Page.header(
      eyebrow: "int8 quantization", title: model,
      facts: [
        "\(report.calibrationClips) calibration clips", report.attempts.observer.rawValue,
        report.attempts.isEqualized ? "channel equalization" : "", report.correctsBias ? "bias correction" : "",
      ], figures: figures)
  }

  private var latencies: Markup {
    guard let latencies = report.latencies else { return "" }
    let times = [
      ("int8, as deployed", latencies.int8 as Double?), ("int8, all layers", latencies.wholeInt8),
      ("fp16", latencies.fp16), ("fp32", latencies.fp32),
    ].compactMap { name, time in time.map { (name: name, time: $0) } }
    let warning: Markup =
      latencies.isSlowerThanFloatingPoint
      ? "<p class=\"lead\"><b>On this machine int8 is slower than floating point.</b></p>" : ""
    return """
      <section>
      <h2>Latency</h2>
      <p class="lead">One run on one thread.</p>
      \(warning)
      <div class="bars">\(Page.bars(times.map { ($0.name, $0.time, "\($0.time.fixed(2)) ms") }))</div>
      </section>
      """
  }

  private var attempts: Markup {
    guard !report.attempts.trials.isEmpty else { return "" }
    let bars = report.attempts.trials.map { trial in
      (
        trial.observer.rawValue + (trial.isEqualized ? ", equalized" : ""), max(trial.decibels, 0),
        "\(trial.decibels.fixed(1)) dB"
      )
    }
    return """
      <section>
      <h2>Calibration methods tried</h2>
      <p class="lead">SQNR of the results on calibration clips; the best method was used.</p>
      <div class="bars">\(Page.bars(bars))</div>
      </section>
      """
  }

  private var kept: Markup {
    guard let mixed = report.mixed else { return "" }
    let rows = mixed.layers.map { layer -> Markup in
      """
      <tr><td class="text">\(Page.breakable(layer.path))</td><td class="text">\(layer.operation)</td>
      <td>\(layer.decibelsWithout, decimals: 1) dB</td>
      <td>\(layer.milliseconds.map { "\($0.fixed(2)) ms" } ?? (report.latencies == nil ? "–" : "within noise"))</td></tr>
      """
    }
    let table =
      rows.isEmpty
      ? ""
      : Page.table(
        [("layer", true), ("operation", true), ("SQNR in int8", false), ("cost", false)], rows: rows)
    let explanation =
      "For each of them: SQNR of the results if it were in integers too, and what floating point costs in time."
    return """
      <section>
      <h2>Accuracy budget</h2>
      <p class="lead">\(mixed.headline.prefix(1).uppercased() + mixed.headline.dropFirst()). \(rows.isEmpty ? "" : explanation)</p>
      \(table)
      </section>
      """
  }

  private var floats: Markup {
    guard !report.floatLayers.isEmpty else { return "" }
    return """
      <section>
      <h2>Layers in floating point</h2>
      \(Page.table([("layer", true), ("operation", true), ("reason", true)], rows: report.floatLayers.map { layer in
        """
        <tr><td class="text">\(Page.breakable(layer.path))</td><td class="text">\(layer.operation)</td><td class="text">\(layer.reason)</td></tr>
        """
      }))
      </section>
      """
  }

  private var values: Markup {
    let columns: [(name: String, isText: Bool)] = [
      ("#", false), ("value", true), ("computed by", true), ("format", true), ("calibration", false),
      ("held-out clips", false),
    ]
    let rows = report.values.enumerated().map { index, value -> Markup in
      """
      <tr data-step="\(index)"><td>\(index)</td>
      <td class="text">\(Page.breakable(value.name))</td><td class="text">\(Page.breakable(value.layer))</td>
      <td class="text whole">\(value.formText)</td><td>\(value.calibrationDecibels, decimals: 1) dB</td>
      <td>\(value.otherDecibels.map { "\($0.fixed(1)) dB" } ?? "–")</td></tr>
      """
    }
    return "<section>\n<h2>All integer values</h2>\n\(Page.table(columns, rows: rows))\n</section>"
  }

  private var method: Markup {
    """
    <h2>How this was measured</h2>
    <p>SQNR is the signal-to-quantization-noise ratio. For the results it is that of what depends on the clip: the mean of each
    result over the clips is subtracted first, as a network that ignores its input would look precise otherwise. A value is
    compared with the same network in floating point, with all values before it in integers.</p>
    """
  }
}
