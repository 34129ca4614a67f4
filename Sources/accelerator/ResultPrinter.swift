import Tensors
import Foundation
import VideoAccelerator

/// Prints the results of each video as they arrive.
struct ResultPrinter {
  /// The result for one video.
  enum Result: Sendable {
    case classes(VideoClassification)
    case timeline(VideoTimeline)
    case features(VideoFeatures)
    case shots(VideoShots)
  }

  private let list: ResultList
  private let model: String
  private let top: Int

  init(format: Classify.Format, model: String, top: Int = 1) {
    list = ResultList(format: format)
    self.model = model
    self.top = top
  }

  /// Prints a result.
  ///
  /// - Throws: `OutputError` if writing to standard output fails.
  func add(_ result: Result, path: String) throws {
    switch list.format {
    case .text: try list.add(text: text(result, path: path))
    case .json, .jsonl: try list.add(json(result, path: path))
    }
  }

  /// Prints that there is no result for a video, and why; in text format this is printed to standard error only.
  func add(failure: String, path: String) throws {
    guard list.format != .text else { return }
    try list.add(["path": .string(path), "model": .string(model), "error": .string(failure)])
  }

  /// Ends the list of results.
  ///
  /// - Throws: `OutputError` if writing to standard output fails.
  func finish() throws { try list.finish() }

  /// Ends it if that is possible at once.
  func finishAtOnce() { list.finishAtOnce() }

  private func text(_ result: Result, path: String) -> String {
    let path = displayName(ofPath: path)
    switch result {
    case .features(let features): return "\(path)\t\(features.values.map { "\($0)" }.joined(separator: " "))"
    case .shots(let shots):
      let rate = "\(shots.duration.fixed(1)) s, \(shots.framesPerSecond.fixed(2)) frames/s, \(model.printable)"
      return "\(path)  (\(rate))\n\(shots.text)"
    case .timeline(let timeline): return "\(path)  (\(timeline.duration.fixed(1)) s, \(model))\n\(timeline.text)"
    case .classes(let classes):
      var table = TextTable()
      for (rank, prediction) in classes.predictions.prefix(top).enumerated() {
        let share = String(format: "%5.1f %%", Double(prediction.score) * 100)
        table.add(["  \(rank + 1)", share, prediction.label.printable])
      }
      let times = "decode \(classes.decodeMilliseconds.fixed(0)) ms, model \(classes.inferenceMilliseconds.fixed(0)) ms"
      let seen = "\(classes.seen.text) from \(classes.duration.fixed(1)) s"
      return "\(path)  (\(seen), \(model.printable), \(times))\n\(table.text)"
    }
  }

  private func json(_ result: Result, path: String) -> JSON {
    var object: JSONObject = ["path": .string(path), "model": .string(model)]
    let fields: JSONObject
    let damage: String?
    switch result {
    case .features(let features): (fields, damage) = (features.fields, features.damage)
    case .shots(let shots): (fields, damage) = (shots.fields, shots.damage)
    case .timeline(let timeline):
      fields = ["duration_s": .rounded(timeline.duration), "timeline": timeline.json(top: top)]
      damage = timeline.damage
    case .classes(let classes): (fields, damage) = (classes.fields(top: top), classes.damage)
    }
    for (key, value) in fields { object[key] = value }
    if case .classes(let classes) = result {
      object["decode_ms"] = .rounded(classes.decodeMilliseconds)
      object["inference_ms"] = .rounded(classes.inferenceMilliseconds)
    }
    if let damage { object["damage"] = .string(damage) }
    return .object(object)
  }
}

extension SeenClips {
  /// The views as in "10 clips of 0.7 s, 3 crops each".
  fileprivate var text: String {
    let clips = "\(count) clip\(count == 1 ? "" : "s") of \(duration.fixed(1)) s"
    return crops == 1 ? clips : "\(clips), \(crops) crops each,"
  }
}
