extension ProfilePage {
  /// The table of all steps; a click on a column sorts by it.
  var table: Markup {
    let columns: [(name: String, isText: Bool)] = [
      ("#", false), ("layer", true), ("kernel", true), ("ms", false), ("share", false), ("GFLOP/s", false),
      ("of peak", false), ("GB/s", false), ("of memory", false), ("FLOP/B", false), ("bound by", true),
    ]
    return """
      <section>
      <h2>All steps</h2>
      \(Page.table(columns, rows: steps.map(tableRow)))
      </section>
      """
  }

  private func tableRow(_ line: ProfileReport.Line) -> Markup {
    let step = line.steps[0]
    let kernel = profile.rows[step].record.kernel
    let hasFlops = line.flops > 0
    return """
      <tr id="step\(step)" data-step="\(step)"><td>\(step)</td>
      <td class="text whole">\(Page.breakable(line.name))</td>
      <td class="text \(colour(line.kind))"><i class="dot"></i>\(Page.breakable(kernel))</td>
      <td>\(line.milliseconds, decimals: 3)</td>
      <td>\(line.share * 100, decimals: 1) %</td>
      <td>\(hasFlops ? (line.flopsPerSecond / 1e9).fixed(1) : "–")</td>
      <td>\(hasFlops ? "\((line.peakFraction * 100).fixed(0)) %" : "–")</td>
      <td>\(line.bytesPerSecond / 1e9, decimals: 1)</td>
      <td>\(line.bandwidthFraction * 100, decimals: 0) %</td>
      <td>\(hasFlops ? line.intensity.fixed(1) : "–")</td>
      <td class="text">\(line.bound.rawValue)</td></tr>
      """
  }
}
