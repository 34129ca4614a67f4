import CPU
import Foundation
import IR
import Models
import Preprocessing
import Tensors
import Video
import Zoo

/// What a batch does with each video: classify it, compute its features, or find its shots.
public struct BatchJob: Sendable {
  /// Throws if the work on a video is to end.
  typealias Interruption = @Sendable () throws -> Void

  /// What the results follow from, by name.
  let settings: [(name: String, value: String)]
  /// Returns the result for a video, without its path.
  let result: @Sendable (_ video: VideoFile, _ interruption: @escaping Interruption) throws -> JSONObject

  /// Creates a job that classifies videos.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - precision: The number format to run in; nil for the model's own.
  ///   - views: The clips and crops to average over.
  ///   - top: The number of classes of a result.
  ///   - threads: The number of threads for each video.
  /// - Throws: What `VideoClassifier` throws.
  public static func classify(
    _ model: Model, precision: Precision? = nil, views: VideoViews = VideoViews(), top: Int = 5, threads: Int = 1
  ) throws -> BatchJob {
    let classifier = try VideoClassifier(model, precision: precision, threads: threads)
    try classifier.requireScores()
    let settings = try named("classify", model, precision) + named(views) + [("top", "\(top)")]
    return BatchJob(settings: settings) { video, interruption in
      let classes = try classifier.classify(video, views: views, watch: VideoWatch(interruption: interruption))
      return fields(classes.fields(top: top), model, damage: classes.damage)
    }
  }

  /// Creates a job that computes the output of a model, averaged over views.
  ///
  /// - Parameters:
  ///   - model: The model, without its classifier.
  ///   - precision: The number format to run in; nil for the model's own.
  ///   - views: The clips and crops to average over.
  ///   - threads: The number of threads for each video.
  /// - Throws: What `VideoClassifier` throws.
  public static func features(
    _ model: Model, precision: Precision? = nil, views: VideoViews = VideoViews(), threads: Int = 1
  ) throws -> BatchJob {
    let classifier = try VideoClassifier(model, precision: precision, threads: threads)
    return BatchJob(settings: try named("features", model, precision) + named(views)) { video, interruption in
      let features = try classifier.features(of: video, views: views, watch: VideoWatch(interruption: interruption))
      return fields(features.fields, model, damage: features.damage)
    }
  }

  /// Creates a job that finds the shots of videos.
  ///
  /// - Parameters:
  ///   - model: TransNet V2.
  ///   - precision: The number format to run in; nil for the model's own.
  ///   - threshold: The score above which a frame is a transition, between 0 and 1.
  ///   - threads: The number of threads for each video.
  /// - Throws: What `ShotDetector` throws.
  public static func shots(
    _ model: Model, precision: Precision? = nil, threshold: Float = ShotDetector.threshold, threads: Int = 1
  ) throws -> BatchJob {
    let detector = try ShotDetector(model, precision: precision, threads: threads)
    let settings = try named("shots", model, precision) + [("threshold", "\(threshold)")]
    return BatchJob(settings: settings) { video, interruption in
      let watch = VideoWatch(interruption: interruption)
      let shots = try detector.shots(of: video, threshold: threshold, watch: watch)
      return fields(shots.fields, model, damage: shots.damage)
    }
  }

  private static func fields(_ result: JSONObject, _ model: Model, damage: String?) -> JSONObject {
    var fields: JSONObject = ["model": .string(model.name)]
    for (key, value) in result { fields[key] = value }
    if let damage { fields["damage"] = .string(damage) }
    return fields
  }

  private static func named(
    _ job: String, _ model: Model, _ precision: Precision?
  ) throws -> [(name: String, value: String)] {
    [
      ("job", job), ("model", "\(model.name) (\(try model.fingerprint.prefix(16)))"),
      ("precision", (precision ?? model.precision).rawValue),
    ]
  }

  private static func named(_ views: VideoViews) -> [(name: String, value: String)] {
    let clips = views.clips.map { "\($0)" } ?? "as many as fit, up to \(VideoViews.mostClips)"
    let crops = views.crops == [.center] ? "center" : views.crops == SpatialCrop.three ? "3" : "\(views.crops)"
    return [("views", clips), ("crops", crops)]
  }
}

extension Model {
  /// A hash of all that the model's results follow from: graph, weights, scales, recipes and labels.
  var fingerprint: String {
    get throws {
      var hash = SHA256()
      let parts = [
        try graph.encoded().text(), quantization?.encoded.text() ?? "", preprocessing.text(), JSON(labels).text(),
      ]
      for part in parts { (Array(part.utf8) + [0]).withUnsafeBytes { hash.update($0) } }
      for (path, tensor) in weights.sorted(by: { $0.key < $1.key }) {
        Array("\(path) \(tensor.elementType) \(tensor.shape)\n".utf8).withUnsafeBytes { hash.update($0) }
        tensor.withUnsafeBytes { hash.update($0) }
      }
      return hash.hexadecimalDigest()
    }
  }
}
