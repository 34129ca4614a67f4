import CVideoAccelerator
import Models
import Preprocessing
import Streams

/// A stream that a program has opened.
final class OpenStream: OpenObject {
  static let name = "stream"

  let classifier: FrameClassifier
  /// The averaged scores of the last prediction, by class; nil before the first one.
  private(set) var scores: [Float]?

  init(_ opened: OpenModel, _ options: vacc_stream_options) throws {
    guard options.reserved == 0 else { throw InterfaceError.argument("the options' reserved member is not 0") }
    let method: StreamMethod
    switch Int(options.method) {
    case VACC_AUTOMATIC: method = .automatic
    case VACC_CONTINUAL: method = .continual
    case VACC_WINDOWS: method = .windows
    default: throw InterfaceError.argument("\(options.method) is no method")
    }
    classifier = try FrameClassifier(
      running: opened.running(in: options.precision), threads: options.threads == 0 ? 1 : Int(options.threads),
      options: StreamOptions(
        method: method, stride: options.stride == 0 ? nil : Int(options.stride), window: options.window,
        margin: options.margin, shortest: options.shortest, topCount: .max,
        longestGap: options.longest_gap == 0 ? nil : options.longest_gap))
  }

  /// Takes a picture; returns the prediction that it gives.
  func push(_ picture: CameraPicture) throws -> StreamPrediction? {
    guard let prediction = try classifier.push(picture) else { return nil }
    var scores = [Float](repeating: 0, count: classifier.classCount)
    for entry in prediction.top { scores[entry.index] = entry.score }
    self.scores = scores
    return prediction
  }

  /// Forgets all frames.
  func reset() {
    classifier.reset()
    scores = nil
  }

  /// Continues from what a stream has saved.
  func restore(_ bytes: [UInt8]) throws {
    try classifier.restoreState(bytes)
    scores = nil
  }
}

extension vacc_stream_options {
  /// The options that are usual.
  static var usual: Self {
    let usual = StreamOptions()
    var options = Self()
    (options.window, options.margin, options.shortest) = (usual.window, usual.margin, usual.shortest)
    return options
  }
}

extension vacc_prediction {
  init(_ prediction: StreamPrediction?) {
    self.init()
    guard let prediction else { return }
    is_valid = 1
    class_index = Int32(clamping: prediction.index)
    score = prediction.score
    has_changed = prediction.hasChanged ? 1 : 0
    timestamp = prediction.timestamp
    latency = prediction.latency / .seconds(1)
  }
}

extension vacc_stream_info {
  init(_ classifier: FrameClassifier) {
    self.init()
    method = vacc_method(classifier.method == .windows ? VACC_WINDOWS : VACC_CONTINUAL)
    class_count = Int32(clamping: classifier.classCount)
    warm_up_frames = Int32(clamping: classifier.warmUpFrames)
    stride = Int32(clamping: classifier.stride)
    delay = Int32(clamping: classifier.delay)
    frame_interval = classifier.frameInterval
    let counters = classifier.counters
    (frames, sampled) = (Int64(counters.frames), Int64(counters.sampled))
    (skipped, repeated) = (Int64(counters.skipped), Int64(counters.repeated))
    (predictions, changes) = (Int64(counters.predictions), Int64(counters.changes))
    (resets, jumps) = (Int64(counters.resets), Int64(counters.jumps))
    (size_changes, failures) = (Int64(counters.sizeChanges), Int64(counters.failures))
  }
}
