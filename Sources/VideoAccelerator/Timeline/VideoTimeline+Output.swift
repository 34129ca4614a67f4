import Reports
import Tensors

extension VideoTimeline {
  /// A readable text: the segments, the class that is shown for longest, and a line of bars for each class.
  public var text: String {
    let width = classes.map { labels[$0].printable.count }.max() ?? 0
    let digits = duration.fixed(1).count
    let lines = stretches.map { stretch in
      let (start, end) = (stretch.span.lowerBound.fixed(1), stretch.span.upperBound.fixed(1))
      let span = "  \(start.padded(before: digits)) – \(end.padded(before: digits)) s  "
      guard let segment = stretch.segment else { return span + Self.noPictures }
      let share = (Double(segment.score) * 100).fixed(0)
      return span + "\(segment.label.printable.padded(to: width))  \(share.padded(before: 3)) %"
    }
    let bars = classes.map { "  \(labels[$0].printable.padded(to: width))  \(Self.bars(scores(of: $0, columns: 60)))" }
    let most = totals.first.map { total in
      "  most of the time: \(total.label.printable), \(total.seconds.fixed(1)) of \(duration.fixed(1)) s "
        + "(\((total.share * 100).fixed(0)) %)"
    }
    return (lines + [""] + (most.map { [$0, ""] } ?? []) + bars).joined(separator: "\n")
  }

  /// The label of a gap.
  static let noPictures = "no pictures"

  /// Segments and gaps in the order of time.
  var stretches: [(span: Range<Double>, segment: Segment?)] {
    (segments.map { ($0.start..<max($0.start, $0.end), $0) } + gaps.map { ($0, nil) })
      .sorted { $0.span.lowerBound < $1.span.lowerBound }
  }

  /// Returns the timeline as JSON.
  ///
  /// - Parameter top: The number of classes to list for each clip.
  public func json(top: Int) -> JSON {
    let segments = segments.map { segment -> JSON in
      [
        "label": .string(segment.label), "index": JSON(segment.index), "start_s": .rounded(segment.start),
        "end_s": .rounded(segment.end), "score": .number(Double(segment.score)),
      ]
    }
    let clips = moments.map { moment -> JSON in
      let order = moment.scores.indices.sorted { moment.scores[$0] > moment.scores[$1] }
      let predictions = order.prefix(top).map { index -> JSON in
        ["label": .string(labels[index]), "index": JSON(index), "score": .number(Double(moment.scores[index]))]
      }
      return [
        "start_s": .rounded(moment.start), "end_s": .rounded(moment.end), "predictions": .array(predictions),
      ]
    }
    let totals = totals.map { total -> JSON in
      [
        "label": .string(total.label), "index": JSON(total.index), "seconds": .rounded(total.seconds),
        "share": .rounded(total.share, 4), "segments": JSON(total.segments),
      ]
    }
    let gaps = gaps.map { ["start_s": .rounded($0.lowerBound), "end_s": .rounded($0.upperBound)] as JSON }
    return [
      "segments": .array(segments), "gaps": .array(gaps), "totals": .array(totals),
      "smoothing": [
        "window_s": .rounded(smoothing.window ?? 0), "hysteresis": .rounded(smoothing.margin),
        "min_segment_s": .rounded(smoothing.shortest ?? 0),
      ],
      "clips": .array(clips),
    ]
  }

  /// Returns a class's scores over time in at most `columns` columns: means if there are more clips.
  func scores(of index: Int, columns: Int) -> [Float] {
    let count = min(columns, moments.count)
    return (0..<count).map { column in
      let part = moments[column * moments.count / count..<(column + 1) * moments.count / count]
      return part.reduce(0) { $0 + $1.scores[index] } / Float(part.count)
    }
  }

  private static func bars(_ scores: [Float]) -> String {
    let heights = Array("▁▂▃▄▅▆▇█")
    return String(scores.map { heights[min(max(Int($0 * 8), 0), 7)] })
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
  fileprivate func padded(before width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
