extension ProfilePage {
  /// Time by block, in the order of execution.
  var blocks: Markup {
    let lines = report.lines(by: .block)
    return """
      <section>
      <h2>By block</h2>
      <div class="bars narrow">\(lines.map { bar($0, most: lines, colour: "plain") })</div>
      </section>
      """
  }

  /// Time by kind of kernel, the longest first.
  var kernels: Markup {
    let total = max(profile.rowsSumMilliseconds, 1e-9)
    let most = kinds.first?.milliseconds ?? 0
    return """
      <section>
      <h2>By kernel</h2>
      <div class="bars">\(kinds.map { kind -> Markup in
        let flops = steps.filter { $0.kind == kind.name }.reduce(0) { $0 + $1.flops }
        let speed = flops > 0 ? "\((Double(flops) / kind.milliseconds / 1e6).fixed(0)) GFLOP/s" : ""
        return row(
          title(kind.name), kind.milliseconds, share: kind.milliseconds / total, most: most, colour: colour(kind.name),
          note: speed)
      })</div>
      </section>
      """
  }

  /// The steps with the most time above what the roofline allows.
  var farthest: Markup {
    let lost = { (line: ProfileReport.Line) in line.milliseconds * (1 - line.roofFraction) }
    let worst = steps.sorted { lost($0) > lost($1) }.prefix(6).filter { lost($0) > 0 }
    return """
      <section>
      <h2>Largest potential</h2>
      <p class="lead">Time above what the roofline allows, for the steps where it is most.</p>
      <div class="bars">\(worst.map { line -> Markup in
        row(
          line.name, lost(line), share: nil, most: worst.first.map(lost) ?? 0, colour: colour(line.kind),
          note: "\(title(line.kind)), at \((line.roofFraction * 100).fixed(0)) % of its roof", step: line.steps[0])
      })</div>
      </section>
      """
  }

  private func bar(_ line: ProfileReport.Line, most lines: [ProfileReport.Line], colour: Markup) -> Markup {
    let note = line.flops > 0 ? "\((line.peakFraction * 100).fixed(0)) % of peak" : ""
    return row(
      line.name, line.milliseconds, share: line.share, most: lines.map(\.milliseconds).max() ?? 0, colour: colour,
      note: note)
  }

  /// Returns a row with a name, a bar and figures.
  private func row(
    _ name: String, _ milliseconds: Double, share: Double?, most: Double, colour: Markup, note: String, step: Int? = nil
  ) -> Markup {
    let reference: Markup = step.map { "data-step=\"\($0)\"" } ?? ""
    let time = "\(milliseconds.fixed(2)) ms"
    let values: Markup =
      share.map { "<span class=\"value\">\(time)</span><span class=\"value\">\($0 * 100, decimals: 1) %</span>" }
      ?? "<span class=\"value end\">\(time)</span>"
    return """
      <div class="bar \(colour)" \(reference)><span class="label">\(Page.breakable(name))</span>
      <span class="track"><i style="width:\(100 * milliseconds / max(most, 1e-9))%"></i></span>
      \(values)
      <span class="note">\(note)</span></div>
      """
  }
}
