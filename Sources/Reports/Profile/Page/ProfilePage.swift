import CPU

extension ProfileReport {
  /// Returns the report as a self-contained HTML page.
  ///
  /// - Parameter origin: How the page was made; machine, instruction set and threads are the report's own.
  public func html(origin: PageOrigin = PageOrigin()) -> String {
    var origin = origin
    origin.processor = processor
    origin.isa = profile.isa
    origin.threads = profile.threads
    return ProfilePage(self).markup(origin).text
  }
}

/// The page of a profile: a headline, the network as a strip, times by block and by kernel, the roofline, all steps.
///
/// Each part is a file.
struct ProfilePage {
  let report: ProfileReport
  /// The steps in order.
  let steps: [ProfileReport.Line]
  /// The kinds of work and their time, the longest first; each has a color, as far as there are colors.
  let kinds: [(name: String, milliseconds: Double)]

  /// The number of colors in the style; the last one is for all remaining kinds.
  static let colourCount = 8

  init(_ report: ProfileReport) {
    self.report = report
    steps = report.lines(by: .operation)
    let times = Dictionary(grouping: steps, by: \.kind).mapValues { $0.reduce(0) { $0 + $1.milliseconds } }
    kinds = times.map { ($0.key, $0.value) }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
  }

  var profile: Profile { report.profile }

  /// Returns the class that colors a kind.
  func colour(_ kind: String) -> Markup {
    let place = kinds.firstIndex { $0.name == kind } ?? Self.colourCount
    return "k\(min(place, Self.colourCount - 1))"
  }

  func markup(_ origin: PageOrigin) -> Markup {
    Page.document(
      title: "\(report.model): profile", model: "\(report.model), \(report.precision.rawValue)", origin: origin,
      notes: method,
      """
      \(headline)
      \(strip)
      <div class="columns">
      <div>
      \(blocks)
      </div>
      <div>
      \(kernels)
      \(farthest)
      </div>
      </div>
      \(roofline)
      \(table)
      """)
  }

  /// Returns the tip of a step.
  func tip(_ line: ProfileReport.Line) -> String {
    let record = profile.rows[line.steps[0]].record
    let operations = record.parts.map(\.operation).joined(separator: " + ")
    let shapes = [record.parts.first?.inputShapes.first, record.parts.last?.outputShapes.first]
      .compactMap { $0?.map(String.init).joined(separator: "×") }.joined(separator: " → ")
    var lines = [
      line.name.isEmpty ? operations : line.name, operations, shapes,
      "\(line.milliseconds.fixed(3)) ms, \((line.share * 100).fixed(1)) % of the time",
    ]
    if line.flops > 0 {
      lines.append("\((line.flopsPerSecond / 1e9).fixed(1)) GFLOP/s, \((line.peakFraction * 100).fixed(0)) % of peak")
    }
    lines.append(
      "\((line.bytesPerSecond / 1e9).fixed(1)) GB/s, \((line.bandwidthFraction * 100).fixed(0)) % of memory bandwidth")
    lines.append(record.kernel)
    return lines.joined(separator: "\n")
  }
}
