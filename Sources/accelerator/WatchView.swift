import Foundation
import Preprocessing
import Video
import VideoAccelerator

/// The live view of `watch` on a terminal: the source, its rate, and the scores of the leading classes over time.
struct WatchView {
  /// The number of classes that are shown.
  static let rowCount = 5
  /// The number of columns of a class's scores.
  private static let width = 40
  private static let blocks = Array("▁▂▃▄▅▆▇█")
  private static let interval = Duration.milliseconds(200)

  /// The size of frames as they are shown; nil before the first one.
  var size: FrameSize?
  private let source: String
  /// The last scores of classes that were among the first: nil where one was not.
  private var scores: [String: [Float?]] = [:]
  private var last: StreamPrediction?
  private var shown: (at: ContinuousClock.Instant, frames: Int)?
  private var rate = 0.0

  init(source: String) { self.source = source }

  /// Takes down a prediction.
  mutating func add(_ prediction: StreamPrediction) {
    guard Terminal.isInteractive else { return }
    last = prediction
    for (label, past) in scores { scores[label] = Array((past + [nil]).suffix(Self.width)) }
    for class_ in prediction.top.prefix(Self.rowCount) {
      var past = scores[class_.label] ?? Array(repeating: nil, count: min(Self.width, longest))
      past[past.count - 1] = class_.score
      scores[class_.label] = past
    }
    scores = scores.filter { $0.value.contains { $0 != nil } }
  }

  /// The number of predictions in the view, this one included.
  private var longest: Int { max(1, scores.values.map(\.count).max() ?? 1) }

  /// Draws the view, if it is time.
  mutating func show(_ latencies: LatencyHistogram, frames: Int, dropped: Int) {
    guard Terminal.isInteractive, let size else { return }
    let now = ContinuousClock.now
    if let shown {
      let passed = now - shown.at
      guard passed >= Self.interval else { return }
      let current = Double(frames - shown.frames) / (passed / .seconds(1))
      rate = rate == 0 ? current : rate * 0.8 + current * 0.2
    }
    shown = (now, frames)
    Terminal.view(lines(size, latencies, dropped: dropped))
  }

  private func lines(_ size: FrameSize, _ latencies: LatencyHistogram, dropped: Int) -> [String] {
    var figures = "\(size.width)x\(size.height), \(rate.fixed(1)) frames/s, \(dropped) dropped"
    if let (median, p99) = latencies.medianAndP99 {
      figures += ", latency p50 \(median.fixed(0)) ms, p99 \(p99.fixed(0)) ms"
    }
    let head = [source, figures]
    guard let last else { return head + ["  waiting for the first prediction"] }
    var table = TextTable()
    for class_ in last.top.prefix(Self.rowCount) {
      let mark = class_.index == last.index ? "▶" : " "
      let percent = String(format: "%5.1f %%", Double(class_.score) * 100)
      table.add(["\(mark) \(class_.label.printable)", percent, sparkline(of: class_.label)])
    }
    return head + table.text.split(separator: "\n").map(String.init)
  }

  private func sparkline(of label: String) -> String {
    let marks = (scores[label] ?? []).map { score -> Character in
      guard let score else { return " " }
      return Self.blocks[min(Self.blocks.count - 1, max(0, Int(score * Float(Self.blocks.count))))]
    }
    return String(marks)
  }
}
