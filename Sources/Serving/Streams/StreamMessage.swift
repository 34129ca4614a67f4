import Reports
import Streams
import Tensors

/// What a server says on a stream's connection.
public enum StreamMessage: Sendable {
  /// A text message.
  case text(JSON)
  /// The end of the connection, with WebSocket's code.
  case close(Int)

  /// How many messages are kept for a client that does not read them: the newest, which tell how it ends.
  static let newest = AsyncStream<StreamMessage>.Continuation.BufferingPolicy.bufferingNewest(256)

  /// The connection ends as it should.
  static let ended = StreamMessage.close(1000)

  /// Returns an error's message, and the code that the connection ends with.
  public static func failure(_ error: any Error) -> [StreamMessage] {
    let (text, code) =
      switch error {
      case let error as ServingError:
        switch error {
        case .tooLarge: ("\(error)", 1009)
        case .busy, .draining, .notLoaded: ("\(error)", 1013)
        default: ("\(error)", 1008)
        }
      // Errors about what was sent name no files of this machine.
      case let error as any UserFacingError where error.isBadInput && !(error is FileError): ("\(error)", 1008)
      default: ("the server failed; its log says more", 1011)
      }
    return [.text(["type": "error", "error": .string(text)]), .close(code)]
  }

  static func started(_ classifier: FrameClassifier, model: String) -> StreamMessage {
    .text([
      "type": "started", "model": .string(model), "method": .string(classifier.method.rawValue),
      "frame_interval_s": .number(classifier.frameInterval), "warm_up_frames": JSON(classifier.warmUpFrames),
      "warm_up_s": .number(classifier.warmUp), "lag_s": .number(classifier.lag),
    ])
  }

  static func prediction(_ prediction: StreamPrediction) -> StreamMessage {
    func fields(_ prediction: Prediction) -> JSONObject {
      [
        "label": .string(prediction.label), "index": JSON(prediction.index), "score": .number(Double(prediction.score)),
      ]
    }
    var message: JSONObject = ["type": "prediction", "timestamp": .number(prediction.timestamp)]
    for (key, value) in fields(prediction.best) { message[key] = value }
    message["changed"] = .bool(prediction.hasChanged)
    message["latency_ms"] = .rounded(prediction.latency / .milliseconds(1))
    message["top"] = .array(prediction.top.map { .object(fields($0)) })
    return .text(.object(message))
  }

  static func summary(_ counters: StreamCounters) -> StreamMessage {
    .text([
      "type": "summary", "frames": JSON(counters.frames), "sampled": JSON(counters.sampled),
      "dropped": JSON(counters.dropped), "predictions": JSON(counters.predictions),
    ])
  }
}
