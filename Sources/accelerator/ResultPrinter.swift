import Foundation
import VideoAccelerator

/// Prints what was found in each video, as it comes or at the end, by the format.
struct ResultPrinter {
  /// What was found in one video.
  enum Result {
    case classes(VideoClassification)
    case timeline(VideoTimeline)
    case features([Float])
  }

  private let format: Classify.Format
  private let model: String
  private let top: Int
  private var objects: [JSON] = []

  init(format: Classify.Format, model: String, top: Int) {
    self.format = format
    self.model = model
    self.top = top
  }

  /// Prints a result.
  ///
  /// - Throws: `FileError` if standard output does not take it.
  mutating func add(_ result: Result, path: String) throws {
    switch format {
    case .text: print(text(result, path: path))
    case .jsonl: print(json(result, path: path).text())
    case .json: objects.append(json(result, path: path))
    }
    // Someone may be reading along.
    try Terminal.flushResults()
  }

  /// Prints what waits for the end.
  func finish() {
    if format == .json { print(JSON.array(objects).text(pretty: true)) }
  }

  private func text(_ result: Result, path: String) -> String {
    switch result {
    case .features(let values): return "\(path)\t\(values.map { "\($0)" }.joined(separator: " "))"
    case .timeline(let timeline): return "\(path)  (\(timeline.duration.fixed(1)) s, \(model))\n\(timeline.text)"
    case .classes(let classes):
      var table = TextTable()
      for (rank, prediction) in classes.predictions.prefix(top).enumerated() {
        let share = String(format: "%5.1f %%", Double(prediction.score) * 100)
        table.add(["  \(rank + 1)", share, prediction.label.printable])
      }
      let times = "decode \(classes.decodeMilliseconds.fixed(0)) ms, model \(classes.inferenceMilliseconds.fixed(0)) ms"
      return "\(path)  (\(classes.duration.fixed(1)) s, \(model), \(times))\n\(table.text)"
    }
  }

  private func json(_ result: Result, path: String) -> JSON {
    switch result {
    case .features(let values):
      return ["path": .string(path), "model": .string(model), "features": .array(values.map { .number(Double($0)) })]
    case .timeline(let timeline):
      return [
        "path": .string(path), "model": .string(model), "duration_s": .rounded(timeline.duration),
        "timeline": timeline.json(top: top),
      ]
    case .classes(let classes):
      let predictions = classes.predictions.prefix(top).map { prediction -> JSON in
        [
          "label": .string(prediction.label), "index": JSON(prediction.index),
          "score": .number(Double(prediction.score)),
        ]
      }
      return [
        "path": .string(path), "model": .string(model), "predictions": .array(predictions),
        "duration_s": .rounded(classes.duration), "decode_ms": .rounded(classes.decodeMilliseconds),
        "inference_ms": .rounded(classes.inferenceMilliseconds),
      ]
    }
  }
}
