import Foundation
import Preprocessing
import Tensors
import Video
import VideoAccelerator

/// What `watch` does with what happens: results go to standard output, what the source tells to standard error.
final class WatchRun {
  private let command: Watch
  private let name: String
  private let classification: LiveClassifier
  private let classifier: FrameClassifier
  private let clips: EventClips?
  private let list: ResultList
  private var view: WatchView
  private var latencies = LatencyHistogram()
  private var nextLine = 0.0
  private var isLive = false
  private var toldGaps = 0
  /// Whether the class has changed and no prediction that is wanted has told it since; and the same for lines.
  private var isNews = false, isNewsForLine = false
  private let start = ContinuousClock.now

  init(
    _ command: Watch, source: LiveSource, _ classification: LiveClassifier, _ classifier: FrameClassifier,
    clips: EventClips?, list: ResultList
  ) {
    (self.command, self.classification, self.classifier) = (command, classification, classifier)
    (self.clips, self.list) = (clips, list)
    name = source.name
    view = WatchView(source: source.name)
  }

  /// Whether something could not be written.
  private(set) var hasFailures = false

  func handle(_ event: LiveClassifier.Event) throws {
    // A frame after a gap has been classified when its prediction comes.
    tellGaps()
    switch event {
    case .source(let event): handle(event)
    case .frame(let frame): try clips?.add(frame)
    case .prediction(let prediction): try handle(prediction)
    }
    tellClips()
    view.show(latencies, frames: classification.sourceCounters.decoded, dropped: classification.droppedFrames)
  }

  private func handle(_ event: LiveEvent) {
    if case .opened(let properties) = event {
      isLive = properties.isLive
      clips?.waits = !isLive
      if properties.frameRate > 0 { clips?.frameRate = properties.frameRate }
      view.size = properties.size
      tell(start: properties)
      return
    }
    if event.breaksClips { clips?.breakOff() }
    if case .sizeChanged(_, let size) = event { view.size = size }
    guard let sentence = event.sentence else { return }
    Terminal.endView()
    if case .cutOff = event { Terminal.warning("\(name): \(sentence)") } else { Terminal.note("\(name): \(sentence)") }
  }

  /// Prints what is watched, and how.
  private func tell(start properties: LiveProperties) {
    let rate = properties.frameRate > 0 ? ", \(properties.frameRate.fixed(2)) frames/s" : ""
    let size = "\(properties.size.width)x\(properties.size.height)"
    Terminal.endView()
    Terminal.log("\(name): \(size), \(properties.codec), \(properties.pixelFormat)\(rate)")
    let way = classifier.method == .windows ? "on clips that overlap" : "each frame is computed once"
    let lag = classifier.lag > 0 ? " and lags by \(classifier.lag.fixed(1)) s" : ""
    Terminal.log("\(way); the first prediction comes after \(classifier.warmUp.fixed(1)) s\(lag)")
  }

  private func handle(_ prediction: StreamPrediction) throws {
    latencies.add(prediction.latency / .milliseconds(1))
    view.add(prediction)
    isNews = isNews || prediction.hasChanged
    var isDue = true
    if let every = command.every {
      isDue = prediction.timestamp >= nextLine
      if isDue { nextLine = ((prediction.timestamp / every).rounded(.down) + 1) * every }
    }
    let isWanted = command.only.isEmpty || command.only.contains(prediction.label)
    // A class is told when its score suffices, if not at once.
    guard isWanted, Double(prediction.score) >= command.minScore else { return }
    if isNews {
      (isNews, isNewsForLine) = (false, true)
      clips?.mark(prediction.label, at: clipTime(prediction), timestamp: prediction.timestamp)
    }
    guard command.every == nil ? isNewsForLine : isDue else { return }
    defer { isNewsForLine = false }
    Terminal.endView()
    switch list.format {
    case .text: try list.add(text: text(prediction))
    case .json, .jsonl: try list.add(json(prediction))
    }
  }

  private func text(_ prediction: StreamPrediction) -> String {
    let scores = ([prediction.best] + prediction.top.filter { $0.index != prediction.index }).prefix(command.top)
    let classes = scores.map { "\($0.label.printable) \((Double($0.score) * 100).fixed(1)) %" }
    return String(format: "%9.2f s  ", prediction.timestamp) + classes.joined(separator: ", ")
  }

  private func json(_ prediction: StreamPrediction) -> JSON {
    var object: JSONObject = ["source": .string(name), "time_s": .rounded(prediction.timestamp)]
    if isLive { object["time"] = .string(Date.ISO8601FormatStyle(includingFractionalSeconds: true).format(.now)) }
    object["label"] = .string(prediction.label)
    object["index"] = JSON(prediction.index)
    object["score"] = .number(Double(prediction.score))
    object["changed"] = .bool(isNewsForLine)
    object["lag_s"] = .rounded(classifier.lag)
    object["latency_ms"] = .rounded(prediction.latency / .milliseconds(1))
    object["predictions"] = .array(
      prediction.top.prefix(command.top).map {
        ["label": .string($0.label), "index": JSON($0.index), "score": .number(Double($0.score))]
      })
    return .object(object)
  }

  /// When an event was, for a file's name: the time of day of a live video, the place in a recorded one.
  private func clipTime(_ prediction: StreamPrediction) -> String {
    if isLive {
      return Date.now.formatted(.iso8601.timeSeparator(.omitted).dateSeparator(.omitted))
    }
    let seconds = prediction.timestamp
    let whole = Int(seconds)
    return String(
      format: "%02d-%02d-%06.3f", whole / 3600, whole / 60 % 60, seconds - Double(whole / 60 * 60))
  }

  /// Tells that frames are too far apart for one clip.
  private func tellGaps() {
    guard classifier.counters.jumps != toldGaps else { return }
    toldGaps = classifier.counters.jumps
    Terminal.endView()
    let (gap, warmUp) = (classifier.longestGap.fixed(1), classifier.warmUp.fixed(1))
    Terminal.note("\(name): no frame for more than \(gap) s; predictions begin anew, the first after \(warmUp) s")
  }

  /// Tells which clips were written, and which could not be.
  private func tellClips() {
    guard let (files, failures) = clips?.takeResults(), !files.isEmpty || !failures.isEmpty else { return }
    Terminal.endView()
    for file in files { Terminal.log("written: \(file.printable)") }
    for failure in failures { Terminal.warning(failure) }
    hasFailures = hasFailures || !failures.isEmpty
  }

  /// Writes what is left, and prints a summary.
  func finish() throws {
    tellGaps()
    Terminal.endView()
    clips?.finish()
    tellClips()
    try list.finish()
    guard classification.sourceCounters.decoded > 0 else { return }
    Terminal.log(summary)
    if classifier.counters.predictions == 0 {
      Terminal.note("there is no prediction before \(classifier.warmUp.fixed(1)) s")
    }
  }

  private var summary: String {
    let (source, stream) = (classification.sourceCounters, classifier.counters)
    let seconds = max((ContinuousClock.now - start) / .seconds(1), 1e-3)
    let rate = (Double(source.decoded) / seconds).fixed(1)
    var parts = [
      "\(source.decoded.of("frame")) in \(seconds.fixed(1)) s (\(rate)/s)", "\(classification.droppedFrames) dropped",
      stream.predictions.of("prediction"), stream.changes.of("change"),
    ]
    if let (median, p99) = latencies.medianAndP99 {
      parts.append("latency p50 \(median.fixed(1)) ms, p99 \(p99.fixed(1)) ms")
    }
    if source.jumps > 0 { parts.append("\(source.jumps) jump\(source.jumps == 1 ? "" : "s") in time") }
    for (count, noun) in [
      (source.damaged, "damaged packet"), (source.stalls, "stall"), (source.reconnections, "reconnection"),
      (stream.resets, "reset"),
    ] where count > 0 { parts.append(count.of(noun)) }
    return parts.joined(separator: ", ")
  }
}

extension LiveEvent {
  /// A sentence for users; nil where nothing is to be said.
  var sentence: String? {
    switch self {
    case .frame, .opened, .ended: nil
    case .sizeChanged(let old, let new): "frames are \(new.width)x\(new.height) now, not \(old.width)x\(old.height)"
    case .pixelFormatChanged(let old, let new): "the pixel format is \(new) now, not \(old)"
    case .jumped(let seconds): "its time jumped by \(seconds.fixed(2)) s; predictions begin anew"
    case .damaged(let count, let reason): "damaged packets so far: \(count); the first: \(reason)"
    case .cutOff(let seconds, let reason): "damaged or cut off at \(seconds.fixed(2)) s: \(reason)"
    case .stalled(let seconds): "no frame for \(seconds.fixed(1)) s"
    case .resumed(let seconds): "frames come again, after \(seconds.fixed(1)) s"
    case .lost(let reason): "lost: \(reason)"
    case .reconnecting(let attempt, let seconds, let reason):
      "attempt \(attempt) to reconnect in \(seconds.fixed(1)) s" + (attempt > 1 ? ": \(reason)" : "")
    case .reconnected(let seconds): "back after \(seconds.fixed(1)) s; predictions begin anew"
    }
  }

  /// Whether the next frame cannot be in one clip with the last one.
  var breaksClips: Bool {
    switch self {
    case .jumped, .lost, .sizeChanged: true
    default: false
    }
  }
}
