import Training

/// The page of a training: its curves, which classes are taken for which, what was passed over, the settings.
struct TrainingPage {
  /// The most rows of a table: the worst come first.
  private static let rowLimit = 400

  let report: TrainingReport

  private var history: TrainingHistory { report.history }

  var markup: Markup {
    Page.document(
      title: "\(report.model): training",
      """
      \(headline)
      \(curves)
      \(confusion)
      \(classes)
      \(skipped)
      \(method)
      """)
  }

  private var headline: Markup {
    var figures: [Markup] = []
    if report.keepsStart, let matrix = report.confusion {
      figures.append(
        Page.figure("accuracy", percent(matrix.accuracy), "%", "in validation, before training: no epoch did better"))
    } else if let best = history.best, let score = best.validation {
      figures.append(
        Page.figure("accuracy", percent(score.accuracy), "%", "in validation, after epoch \(best.epoch + 1)"))
      if let top5 = score.top5Accuracy {
        figures.append(Page.figure("among the first five", percent(top5), "%", "in validation, after the same epoch"))
      }
    }
    if let last = history.epochs.last {
      figures.append(
        Page.figure(
          "training", percent(last.training.accuracy), "%", "loss \(number(last.training.loss)), in the last epoch"))
    }
    if !history.epochs.isEmpty {
      let seconds = history.epochs.reduce(0) { $0 + $1.seconds }
      let (value, unit) =
        seconds < 120
        ? (seconds.fixed(0), "s") : seconds < 7200 ? ((seconds / 60).fixed(0), "min") : ((seconds / 3600).fixed(1), "h")
      let speeds = history.steps.map(\.clipsPerSecond).filter(\.isFinite).sorted()
      figures.append(
        Page.figure(
          "time", value, unit, speeds.isEmpty ? "" : "\(speeds[speeds.count / 2].fixed(1)) clips/s, the median step"))
    }
    return Page.header(
      eyebrow: "How training went", title: report.model,
      facts: [
        "\(report.classes.count) classes", "\(history.epochs.count) epoch\(history.epochs.count == 1 ? "" : "s")",
        "\(history.steps.last?.step ?? 0) steps",
        report.skipped.videos.isEmpty ? "" : "\(report.skipped.videos.count) videos passed over",
      ], figures: figures)
  }

  private var curves: Markup {
    let steps = history.steps
    let epochs = history.epochs
    func points(_ value: (TrainingStep) -> Double) -> [CurvePlot.Point] {
      steps.map { CurvePlot.Point(x: Double($0.step), y: value($0)) }
    }
    func marks(_ value: (ModelScore) -> Double) -> [CurvePlot.Point] {
      epochs.compactMap { epoch in
        epoch.validation.map {
          CurvePlot.Point(x: Double(epoch.step), y: value($0), note: "epoch \(epoch.epoch + 1), step \(epoch.step)")
        }
      }
    }
    let loss = CurvePlot(
      title: "Loss", lines: points(\.loss), marks: marks(\.loss), ends: nil, text: number)
    let accuracy = CurvePlot(
      title: "Accuracy", lines: points { 100 * $0.accuracy }, marks: marks { 100 * $0.accuracy },
      ends: (0, 100)
    ) { "\($0.fixed(0)) %" }
    let rate = CurvePlot(
      title: "Learning rate", lines: points(\.learningRate), marks: [], ends: nil, text: number)
    let rest = [rate.section, settings].map { "<div>\($0)</div>" as Markup }
    return """
      <div class="columns"><div>\(loss.section)</div><div>\(accuracy.section)</div></div>
      <div class="columns">\(rest)</div>
      """
  }

  private var confusion: Markup {
    guard let matrix = report.confusion, matrix.total > 0 else { return "" }
    let plot = ConfusionPlot(matrix: matrix, classes: report.classes)
    let mistakes = matrix.mistakes.prefix(12).map { cell in
      (
        name: "\(report.classes[cell.label]) → \(report.classes[cell.predicted])", size: Double(cell.count),
        text: "\(cell.count)"
      )
    }
    let list: Markup =
      mistakes.isEmpty
      ? ""
      : """
      <section>
      <h2>Most often mistaken</h2>
      <p class="lead">A class, and what videos of it were taken for.</p>
      <div class="bars">\(Page.bars(mistakes))</div>
      </section>
      """
    return plot.map { "<div class=\"columns\"><div>\($0.section)</div><div>\(list)</div></div>" } ?? list
  }

  private var classes: Markup {
    guard let matrix = report.confusion, matrix.total > 0 else { return "" }
    var worst: [Int: ConfusionMatrix.Cell] = [:]
    for cell in matrix.mistakes where worst[cell.label] == nil { worst[cell.label] = cell }
    let judged = report.classes.indices.compactMap { label in
      matrix.accuracy(of: label).map { (label: label, accuracy: $0) }
    }
    .sorted { ($0.accuracy, $0.label) < ($1.accuracy, $1.label) }
    let rows = judged.prefix(Self.rowLimit).map { label, accuracy -> Markup in
      """
      <tr><td class="text" title="\(report.classes[label])">\(report.classes[label])</td><td>\(matrix.total(of: label))</td>
      <td>\(percent(accuracy)) %</td>
      <td class="text">\(worst[label].map { "\(report.classes[$0.predicted]) (\($0.count))" } ?? "–")</td></tr>
      """
    }
    let columns = [("class", true), ("videos", false), ("right", false), ("most often taken for", true)]
    return section(
      "By class", "\(percent(matrix.accuracy)) % of \(matrix.total) videos are right.", columns, Array(rows),
      of: judged.count)
  }

  private var skipped: Markup {
    let videos = report.skipped.videos
    guard !videos.isEmpty || !report.warnings.isEmpty else { return "" }
    let warnings = report.warnings.map { "<p class=\"lead\">\($0).</p>" as Markup }
    guard !videos.isEmpty else { return "<section>\n<h2>About the videos</h2>\n\(warnings)\n</section>" }
    let rows = videos.prefix(Self.rowLimit).map { video -> Markup in
      """
      <tr><td class="text" title="\(video.path)">\(video.path.split(separator: "/").last.map(String.init) ?? video.path)</td>
      <td class="text" title="\(video.reason)">\(video.reason)</td></tr>
      """
    }
    let lead = "Videos that could not be decoded; others took their places, \(report.skipped.count) times."
    return section(
      "Passed over", lead, [("video", true), ("why", true)], Array(rows), of: videos.count, extra: warnings)
  }

  private var settings: Markup {
    guard !report.settings.isEmpty else { return "" }
    let rows = report.settings.map { name, value -> Markup in
      "<tr><td class=\"text\">\(name)</td><td class=\"text\" title=\"\(value)\">\(value)</td></tr>"
    }
    return section("Settings", "", [("setting", true), ("value", true)], rows, of: rows.count)
  }

  private func section(
    _ title: String, _ lead: String, _ columns: [(name: String, isText: Bool)], _ rows: [Markup], of count: Int,
    extra: [Markup] = []
  ) -> Markup {
    let rest = count > rows.count ? " The first \(rows.count) of \(count)." : ""
    return """
      <section class="fitting">
      <h2>\(title)</h2>
      <p class="lead">\(lead)\(rest)</p>
      \(extra)
      \(Page.table(columns, rows: rows))
      </section>
      """
  }

  private var method: Markup {
    """
    <footer>
    <h2>What the curves show</h2>
    <p>Loss and accuracy of training are those of single batches while the model learns from them, with clips varied; where
    there are more steps than the plot has room for, the line is the mean of several and the band reaches from the least to the
    most. Validation is on videos that nothing is learned from, whole and not varied: so it can be better than training.</p>
    </footer>
    """
  }

  private func percent(_ share: Double) -> String { share.isFinite ? (share * 100).fixed(1) : "–" }

  /// A number with three or four digits that count.
  private func number(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    let size = abs(value)
    if size == 0 { return "0" }
    if size >= 0.001, size < 10000 { return value.fixed(size >= 100 ? 0 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4) }
    return value.scientific
  }
}
