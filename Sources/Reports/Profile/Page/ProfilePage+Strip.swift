extension ProfilePage {
  /// The network in the order of execution: widths are times, heights shares of the peak, so areas are work.
  var strip: Markup {
    """
    <section>
    <h2>The network, in execution order</h2>
    <p class="lead">Width is time, height the share of peak: the filled area is arithmetic done, the pale area is time
    lost to everything else.</p>
    <div class="strip" role="list" aria-label="\(steps.count) steps">
    \(groups(steps, by: ProfileReport.stage).map(stage))
    </div>
    \(legend)
    </section>
    """
  }

  /// The color of each kind.
  var legend: Markup {
    let keys = kinds.prefix(Self.colourCount - 1).map { kind -> Markup in
      "<span class=\"key \(colour(kind.name))\" data-kind=\"\(colour(kind.name))\"><i></i>\(title(kind.name))</span>"
    }
    let last = "k\(Self.colourCount - 1)"
    let others: Markup =
      kinds.count < Self.colourCount ? "" : "<span class=\"key \(last)\" data-kind=\"\(last)\"><i></i>other</span>"
    return "<p class=\"legend\">\(keys)\(others)</p>"
  }

  /// Returns the readable name of a kind.
  func title(_ kind: String) -> String {
    kind.split(separator: "_").joined(separator: " ").split(separator: "+").joined(separator: " + ")
  }

  private func stage(_ group: (name: String, lines: [ProfileReport.Line])) -> Markup {
    let share = group.lines.reduce(0) { $0 + $1.share }
    return """
      <div class="stage" style="flex-grow:\(share * 1000)">
      <div class="blocks">\(groups(group.lines, by: ProfileReport.block).map(block))</div>
      <div class="name" title="\(group.name): \((share * 100).fixed(1)) %"><span class="long">\(Page.breakable(group.name))</span>\
      <span class="short">\(group.name.split(separator: ".").last.map(String.init) ?? "")</span><b>\((share * 100).fixed(0)) %</b></div>
      </div>
      """
  }

  private func block(_ group: (name: String, lines: [ProfileReport.Line])) -> Markup {
    let share = group.lines.reduce(0) { $0 + $1.share }
    return "<div class=\"block\" style=\"flex-grow:\(share * 1000)\">\(group.lines.map(segment))</div>"
  }

  private func segment(_ line: ProfileReport.Line) -> Markup {
    let height = min(line.peakFraction, 1) * 100
    return """
      <a role="listitem" class="seg \(colour(line.kind))" style="flex-grow:\(line.share * 1000)" href="#step\(line.steps[0])" \
      data-step="\(line.steps[0])" aria-label="\(tip(line))" title="\(tip(line))"><i style="height:\(height)%"></i></a>
      """
  }

  /// Returns consecutive steps of one stage or block.
  private func groups(
    _ lines: [ProfileReport.Line], by key: (String) -> String
  ) -> [(name: String, lines: [ProfileReport.Line])] {
    lines.chunked { key($0.name) }.map { (key($0[0].name), $0) }
  }
}
