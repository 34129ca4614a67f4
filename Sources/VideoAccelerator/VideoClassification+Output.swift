import Reports
import Tensors

extension VideoClassification {
  /// The result as JSON, without the time that it took.
  ///
  /// - Parameter top: The number of classes.
  package func fields(top count: Int) -> JSONObject {
    let predictions = top(count).map { prediction -> JSON in
      [
        "label": .string(prediction.label), "index": JSON(prediction.index), "score": .number(Double(prediction.score)),
      ]
    }
    return ["predictions": .array(predictions), "duration_s": .rounded(duration), "views": seen.json]
  }
}

extension VideoFeatures {
  /// The result as JSON.
  package var fields: JSONObject {
    [
      "features": .array(values.map { .number(Double($0)) }), "duration_s": .rounded(duration), "views": seen.json,
    ]
  }
}

extension SeenClips {
  fileprivate var json: JSON {
    ["clips": JSON(count), "crops": JSON(crops), "clip_duration_s": .rounded(duration)]
  }
}
