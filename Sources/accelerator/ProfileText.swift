import Reports
import VideoAccelerator

extension ProfileReport {
  /// Returns the report as text: a headline, then the rows with the most time.
  func text(by grouping: Grouping, top: Int?) -> String {
    var facts = TextTable()
    let threads = profile.threads.of("thread")
    let shape = profile.inputShapes.shapeText
    facts.add(["model", "\(model), \(precision.rawValue), \(profile.isa), \(threads), \(shape)"])
    facts.add([
      "latency",
      "\(profile.latencyMilliseconds.fixed(2)) ms (fastest \(profile.fastestMilliseconds.fixed(2))); rows add up to "
        + "\(profile.rowsSumMilliseconds.fixed(2)), profiling costs \((overhead * 100).fixed(1)) %",
    ])
    facts.add(["speed", "\((flopsPerSecond / 1e9).fixed(0)) GFLOP/s, \((peakFraction * 100).fixed(0)) % of peak"])
    facts.add([
      "this machine",
      "\((roofs.flops / 1e9).fixed(0)) GFLOP/s, \((roofs.memoryBandwidth / 1e9).fixed(1)) GB/s from memory, "
        + "\((roofs.cacheBandwidth / 1e9).fixed(0)) GB/s from caches, measured",
    ])
    return "\(facts.text)\n\n\(table(by: grouping, top: top))"
  }

  private func table(by grouping: Grouping, top: Int?) -> String {
    let lines = self.lines(by: grouping).sorted { $0.milliseconds > $1.milliseconds }
    let header = ["ms", "share", "so far", "GFLOP/s", "of peak", "GB/s", "of mem", "bound", "FLOP/B"]
    let widths = [8, 7, 7, 8, 8, 7, 7, 8, 7]
    let cells = { (texts: [String]) in zip(texts, widths).map { $0.leftPadded(to: $1) }.joined() }
    var table = TextTable([cells(header)] + (grouping == .operation ? ["kernel", "layer"] : [grouping.rawValue]))
    var sum = 0.0
    for line in lines.prefix(top ?? lines.count) {
      sum += line.share
      let speed = line.flops == 0 ? ["-", "-"] : [(line.flopsPerSecond / 1e9).fixed(1), line.peakFraction.percent]
      let numbers =
        [line.milliseconds.fixed(3), "\((line.share * 100).fixed(1)) %", sum.percent] + speed + [
          (line.bytesPerSecond / 1e9).fixed(1), line.bandwidthFraction.percent, line.bound.rawValue,
          line.flops == 0 ? "-" : line.intensity.fixed(1),
        ]
      let names = grouping == .operation ? [profile.rows[line.steps[0]].record.kernel, line.name] : [line.name]
      table.add([cells(numbers)] + names.map(\.printable))
    }
    return table.text
  }
}

extension Double {
  fileprivate var percent: String { "\((self * 100).fixed(0)) %" }
}

extension String {
  fileprivate func leftPadded(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
