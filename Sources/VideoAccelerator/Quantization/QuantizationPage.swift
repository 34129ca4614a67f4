import Deployment
import Graph

extension QuantizationReport {
  /// The report as one page of HTML that needs nothing else.
  ///
  /// - Parameter model: the model's name.
  public func html(model: String) -> String { QuantizationPage(report: self, model: model).markup.text }
}

/// The page of a model in integers: how near its results are, precision along the network, what stays in floating point.
struct QuantizationPage {
  let report: QuantizationReport
  let model: String

  var markup: Markup {
    Page.document(
      title: "\(model): precision in int8",
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
      \(method)
      """)
  }

  private var headline: Markup {
    let results = report.others ?? report.calibration
    let name = report.others == nil ? "clips of calibration" : "clips that nothing was learned from"
    let agreeing = (results.top1Agreement * Double(results.clips)).rounded()
    var figures = [
      Page.figure("signal to noise", results.decibels.fixed(1), "dB", "of the results, on \(results.clips) \(name)"),
      Page.figure(
        "same class", (results.top1Agreement * 100).fixed(0), "%", "\(agreeing.fixed(0)) of \(results.clips) \(name)"),
      Page.figure(
        "on calibration", report.calibration.decibels.fixed(1), "dB", "on \(report.calibration.clips) of its clips"),
    ]
    if let latencies = report.latencies {
      let half = latencies.fp16.map { "fp16 \($0.fixed(2)) ms, " } ?? ""
      figures.append(
        Page.figure("latency", latencies.int8.fixed(2), "ms", "\(half)fp32 \(latencies.fp32.fixed(2)) ms"))
    }
    return Page.header(
      eyebrow: "What int8 costs in precision", title: model,
      facts: [
        "\(report.calibrationClips) calibration clips", report.attempts.observer.rawValue,
        report.attempts.isEqualized ? "equalised" : "", report.correctsBias ? "biases corrected" : "",
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
      <h2>Time</h2>
      <p class="lead">A run on one thread: \(latencies.processor), \(latencies.isa.rawValue).</p>
      \(warning)
      <div class="bars">\(Page.bars(times.map { ($0.name, $0.time, "\($0.time.fixed(2)) ms") }))</div>
      </section>
      """
  }

  private var attempts: Markup {
    guard !report.attempts.trials.isEmpty else { return "" }
    let bars = report.attempts.trials.map { trial in
      (
        trial.observer.rawValue + (trial.isEqualized ? ", equalised" : ""), max(trial.decibels, 0),
        "\(trial.decibels.fixed(1)) dB"
      )
    }
    return """
      <section>
      <h2>Tried</h2>
      <p class="lead">Ways to choose ranges, by what the results keep on clips of calibration. The best one was taken.</p>
      <div class="bars">\(Page.bars(bars))</div>
      </section>
      """
  }

  private var kept: Markup {
    guard let mixed = report.mixed else { return "" }
    let rows = mixed.layers.map { layer -> Markup in
      """
      <tr><td class="text" title="\(layer.path)">\(layer.path)</td><td class="text">\(layer.operation)</td>
      <td>\(layer.decibelsWithout, decimals: 1) dB</td>
      <td>\(layer.milliseconds.map { "\($0.fixed(3)) ms" } ?? "–")</td></tr>
      """
    }
    let table =
      rows.isEmpty
      ? ""
      : Page.table(
        [("layer", true), ("operation", true), ("results without", false), ("costs", false)], rows: rows)
    return """
      <section>
      <h2>Accuracy budget</h2>
      <p class="lead">\(mixed.headline). What the results would be if the layer were in integers too, and what it takes.</p>
      \(table)
      </section>
      """
  }

  private var floats: Markup {
    guard !report.floatLayers.isEmpty else { return "" }
    return """
      <section>
      <h2>In floating point</h2>
      \(Page.table([("layer", true), ("operation", true), ("why", true)], rows: report.floatLayers.map { layer in
        """
        <tr><td class="text">\(layer.path)</td><td class="text">\(layer.operation)</td><td class="text">\(layer.reason)</td></tr>
        """
      }))
      </section>
      """
  }

  private var values: Markup {
    let columns: [(name: String, isText: Bool)] = [
      ("#", false), ("value", true), ("computed by", true), ("as", true), ("calibration", false),
      ("other clips", false),
    ]
    let rows = report.values.enumerated().map { index, value -> Markup in
      """
      <tr data-step="\(index)"><td>\(index)</td>
      <td class="text" title="\(value.name)">\(value.name)</td><td class="text" title="\(value.layer)">\(value.layer)</td>
      <td class="text">\(value.formText)</td><td>\(value.calibrationDecibels, decimals: 1) dB</td>
      <td>\(value.otherDecibels.map { "\($0.fixed(1)) dB" } ?? "–")</td></tr>
      """
    }
    return "<section>\n<h2>All values in integers</h2>\n\(Page.table(columns, rows: rows))\n</section>"
  }

  private var method: Markup {
    """
    <footer>
    <h2>How this was measured</h2>
    <p>The signal-to-noise ratio of the results is that of what depends on the clip: from each result its mean over the clips
    is taken away, as a network that ignores its input would look precise otherwise. A value's ratio is against the same network
    in floating point, with all that came before it in integers.</p>
    </footer>
    """
  }
}
