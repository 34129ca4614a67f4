import Tensors

extension TrainingEvent {
  /// The event as an object on one line of a log.
  var json: JSON {
    switch self {
    case .step(let record):
      [
        "event": "step", "step": JSON(record.step), "epoch": JSON(record.epoch), "loss": .number(record.loss),
        "accuracy": .number(record.accuracy), "learning_rate": .number(record.learningRate),
        "clips_per_second": .number(record.clipsPerSecond),
      ]
    case .epoch(let record):
      [
        "event": "epoch", "step": JSON(record.step), "epoch": JSON(record.epoch), "training": record.training.json,
        "validation": record.validation?.json ?? .null, "seconds": .number(record.seconds),
      ]
    case .text(let name, let text, let step):
      ["event": "text", "step": JSON(step), "name": .string(name), "text": .string(text)]
    }
  }

  /// Reads the event on a line.
  init(_ field: JSONField) throws(FormatError) {
    let kind = try field.required("event")
    switch try kind.string() {
    case "step":
      self = .step(
        TrainingStep(
          step: try field.required("step").int(), epoch: try field.required("epoch").int(),
          loss: try field.number("loss"), accuracy: try field.number("accuracy"),
          learningRate: try field.number("learning_rate"), clipsPerSecond: try field.number("clips_per_second")))
    case "epoch":
      let validation = try field.optional("validation")
      self = .epoch(
        TrainingEpoch(
          epoch: try field.required("epoch").int(), step: try field.required("step").int(),
          training: try ModelScore(field.required("training")),
          validation: try validation.map { field throws(FormatError) in try ModelScore(field) },
          seconds: try field.number("seconds")))
    case "text":
      self = .text(
        name: try field.required("name").string(), try field.required("text").string(),
        step: try field.required("step").int())
    default: throw kind.error("must be \"step\", \"epoch\" or \"text\"")
    }
  }
}

extension ModelScore {
  fileprivate var json: JSON {
    var object: JSONObject = ["loss": .number(loss), "accuracy": .number(accuracy)]
    if let top5Accuracy { object["top5_accuracy"] = .number(top5Accuracy) }
    return .object(object)
  }

  fileprivate init(_ field: JSONField) throws(FormatError) {
    self.init(
      loss: try field.number("loss"), accuracy: try field.number("accuracy"),
      top5Accuracy: try field.optional("top5_accuracy") == nil ? nil : field.number("top5_accuracy"))
  }
}

extension JSONField {
  /// Returns the number under a key; NaN for `null`, which JSON has in its place.
  fileprivate func number(_ key: String) throws(FormatError) -> Double { try optional(key)?.double() ?? .nan }
}
