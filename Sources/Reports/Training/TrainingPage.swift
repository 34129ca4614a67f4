import Training

/// The page of a training run: its curves, the confusion matrix, skipped videos, and the settings.
struct TrainingPage {
  /// The largest number of rows in a table, the worst first.
  private static let rowLimit = 400

  let report: TrainingReport

  private var history: TrainingHistory { report.history }

  func markup(_ origin: PageOrigin) -> Markup {
    Page.document(
      title: "\(report.model): training", model: report.model, origin: origin, notes: method,
      """
      \(headline)
      \(curves)
      \(confusion)
      \(classes)
      \(skipped)
      \(settings)
      """)
  }

  private var headline: Markup {
    var figures: [Markup] = []
    if report.keepsStart, let matrix = report.confusion {
      figures.append(
        Page.figure("top-1 accuracy", percent(matrix.accuracy), "%", "validation, before training: no epoch was better")
      )
    } else if let best = history.best, let score = best.validation {
      figures.append(
        Page.figure("top-1 accuracy", percent(score.accuracy), "%", "validation, after epoch \(best.epoch + 1)"))
      // With five classes or fewer, top-5 accuracy is always 100 %.
      if let top5 = score.top5Accuracy, report.classes.count > 5 {
        figures.append(Page.figure("top-5 accuracy", percent(top5), "%", "validation, after the same epoch"))
      }
    }
    if let last = history.epochs.last {
      figures.append(
        Page.figure(
          "training accuracy", percent(last.training.accuracy), "%",
          "last epoch, loss \(number(last.training.loss))"))
    }
    if !history.epochs.isEmpty {
      let seconds = history.epochs.reduce(0) { $0 + $1.seconds }
      let (value, unit) =
        seconds < 120
        ? (seconds.fixed(0), "s") : seconds < 7200 ? ((seconds / 60).fixed(0), "min") : ((seconds / 3600).fixed(1), "h")
      let speeds = history.steps.map(\.clipsPerSecond).filter(\.isFinite).sorted()
      figures.append(
        Page.figure(
          "time", value, unit, speeds.isEmpty ? "" : "median \(speeds[speeds.count / 2].fixed(1)) clips/s"))
    }
    return Page.header(
      eyebrow: "Training", title: report.model,
      facts: [
        "\(report.classes.count) classes", "\(history.epochs.count) epoch\(history.epochs.count == 1 ? "" : "s")",
        "\(history.steps.last?.step ?? 0) steps",
        report.skipped.videos.isEmpty
          ? "" : "\(report.skipped.videos.count) video\(report.skipped.videos.count == 1 ? "" : "s") skipped",
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
    let loss = CurvePlot(title: "Loss", lines: points(\.loss), marks: marks(\.loss), text: number)
    let accuracy = CurvePlot(
      title: "Accuracy", lines: points { 100 * $0.accuracy }, marks: marks { 100 * $0.accuracy }, unit: " %",
      ends: 0...100
    ) { "\($0.fixed(1)) %" }
    let rate = CurvePlot(title: "Learning rate", lines: points(\.learningRate), isSmoothed: false, text: number)
    let charts = [loss, accuracy, rate].map { "<div>\($0.section)</div>" as Markup }
    return "<div class=\"columns three\">\(charts)</div>"
  }

  private var confusion: Markup {
    guard let matrix = report.confusion, matrix.total > 0 else { return "" }
    let mistakes = matrix.mistakes.prefix(10).map { cell in
      (
        name: "\(report.classes[cell.label]) → \(report.classes[cell.predicted])", size: Double(cell.count),
        text: "\(cell.count) of \(matrix.total(of: cell.label))"
      )
    }
    let list: Markup =
      mistakes.isEmpty
      ? "<p class=\"lead\">No video was classified wrongly.</p>"
      : """
      <h3>Most frequent confusions</h3>
      <div class="bars">\(Page.bars(mistakes, colour: "k5"))</div>
      """
    let plot = ConfusionPlot(matrix: matrix, classes: report.classes)
    return """
      <section>
      <h2>Confusion matrix</h2>
      <p class="lead">Videos of validation: a row for each class, a column for each predicted class. Shading shows the share of
      the row.</p>
      <div class="matrix">\(plot?.table ?? "")<div class="aside">\(list)</div></div>
      </section>
      """
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
      <tr><td class="text">\(Page.breakable(report.classes[label]))</td><td>\(matrix.total(of: label))</td>
      <td>\(percent(accuracy)) %</td>
      <td class="text">\(worst[label].map { "\(report.classes[$0.predicted]) (\($0.count))" } ?? "–")</td></tr>
      """
    }
    let columns = [("class", true), ("videos", false), ("accuracy", false), ("most often mistaken for", true)]
    return section(
      "By class", "\(percent(matrix.accuracy)) % of \(matrix.total) videos are classified correctly.", columns,
      Array(rows),
      of: judged.count)
  }

  private var skipped: Markup {
    let videos = report.skipped.videos
    guard !videos.isEmpty || !report.warnings.isEmpty else { return "" }
    let warnings = report.warnings.map { "<p class=\"lead\">\($0).</p>" as Markup }
    guard !videos.isEmpty else { return "<section>\n<h2>About the videos</h2>\n\(warnings)\n</section>" }
    let rows = videos.prefix(Self.rowLimit).map { video -> Markup in
      """
      <tr><td class="text">\(Page.breakable(video.path))</td><td class="text">\(video.reason)</td></tr>
      """
    }
    let lead =
      "They could not be decoded; other videos were used instead, \(report.skipped.count) time\(report.skipped.count == 1 ? "" : "s")."
    return section(
      "Skipped videos", lead, [("video", true), ("reason", true)], Array(rows), of: videos.count, extra: warnings)
  }

  private var settings: Markup {
    guard !report.settings.isEmpty else { return "" }
    let groups = report.settings.map { group -> Markup in
      let rows = group.rows.map { name, value -> Markup in
        "<tr><th scope=\"row\">\(name)</th><td>\(value)</td></tr>"
      }
      return "<div><h3>\(group.title)</h3><table><tbody>\(rows)</tbody></table></div>"
    }
    return "<section>\n<h2>Settings</h2>\n<div class=\"pairs\">\(groups)</div>\n</section>"
  }

  private func section(
    _ title: String, _ lead: String, _ columns: [(name: String, isText: Bool)], _ rows: [Markup], of count: Int,
    extra: [Markup] = []
  ) -> Markup {
    let rest = count > rows.count ? " The first \(rows.count) of \(count)." : ""
    return """
      <section>
      <h2>\(title)</h2>
      <p class="lead">\(lead)\(rest)</p>
      \(extra)
      \(Page.table(columns, rows: rows))
      </section>
      """
  }

  private var method: Markup {
    """
    <h2>How to read the curves</h2>
    <p>Training loss and accuracy are those of single batches of augmented clips while the model learns: thin as measured, thick
    as the mean over a twentieth of the run. Validation is on whole videos that are not trained on, without augmentation, so it can
    be better than training.</p>
    """
  }

  private func percent(_ share: Double) -> String { share.isFinite ? (share * 100).fixed(1) : "–" }

  /// Returns a number with three or four significant digits.
  private func number(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    let size = abs(value)
    if size == 0 { return "0" }
    if size >= 0.001, size < 10000 { return value.fixed(size >= 100 ? 0 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4) }
    return value.scientific
  }
}
