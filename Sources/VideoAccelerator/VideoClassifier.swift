import Foundation
import Graph
import ModelZoo
import Preprocessing
import Tensors
import Video

/// One class with its score.
public struct Prediction: Sendable, Equatable {
  /// What the class is called.
  public let label: String
  /// The class's number.
  public let index: Int
  /// The probability that the model gives it, 0…1.
  public let score: Float
}

/// How much of a video is looked at.
public struct VideoViews: Sendable, Equatable {
  /// How many clips, spread over the video.
  public var clips: Int
  /// Square crops of each clip: 1 in the centre, or 3 along the longer side.
  public var crops: [SpatialCrop]

  /// Some clips, the centre of each.
  public init(clips: Int = 1, crops: [SpatialCrop] = [.center]) {
    self.clips = clips
    self.crops = crops
  }
}

/// What a model says of a video.
public struct VideoClassification: Sendable {
  /// All classes, the likeliest first.
  public let predictions: [Prediction]
  /// Length of the video in seconds.
  public let duration: Double
  /// Milliseconds spent decoding and preprocessing.
  public let decodeMilliseconds: Double
  /// Milliseconds spent in the model.
  public let inferenceMilliseconds: Double
  /// What was wrong with the file, if it was damaged but some frames could be decoded.
  public let damage: String?
}

/// Tells what a video shows: decoding, preprocessing, model and labels put together.
///
/// ```swift
/// let classifier = try VideoClassifier(ModelZoo.model("x3d_xs"))
/// for prediction in try classifier.classify(video: url, top: 5) { print(prediction.label, prediction.score) }
/// ```
public struct VideoClassifier: Sendable {
  private let model: ZooModel
  private let interpreter: Interpreter
  private let yieldsProbabilities: Bool

  /// A classifier of a model.
  ///
  /// - Throws: `GraphError` if the model's weights do not fit its network.
  public init(_ model: ZooModel) throws {
    self.model = model
    interpreter = try Interpreter(model.graph, weights: model.weights)
    yieldsProbabilities = model.architecture.yieldsProbabilities
  }

  /// The likeliest classes of a video file.
  ///
  /// - Throws: `FileError` or `VideoError` if the file cannot be decoded.
  public func classify(video: URL, top: Int = 5, views: VideoViews = VideoViews()) throws -> [Prediction] {
    Array(try classify(path: video.path, views: views).predictions.prefix(max(0, top)))
  }

  /// All classes of a video file, with what it took to find them.
  ///
  /// - Throws: `FileError` or `VideoError` if the file cannot be decoded.
  public func classify(path: String, views: VideoViews = VideoViews()) throws -> VideoClassification {
    let reader = try VideoReader(path: path)
    return try average(damage: { reader.damage.map { "\($0)" } }, duration: { reader.info.duration }) { body in
      try reader.forEachClip(count: views.clips, recipe: model.recipe, crops: views.crops, body)
    }
  }

  /// All classes of raw frames, in consecutive clips, as their number is not known beforehand.
  ///
  /// - Throws: `VideoError` or `FileError` if frames cannot be read.
  public func classify(raw reader: RawFrameReader, crops: [SpatialCrop] = [.center]) throws -> VideoClassification {
    let stream = RawClips(reader: reader, recipe: model.recipe, crops: crops)
    return try average(damage: { nil }, duration: { stream.duration }) { try stream.forEachClip($0) }
  }

  /// The model's output for a video file, averaged over its views: `[features]`, or one row for each view of a map.
  ///
  /// - Throws: `FileError` or `VideoError` if the file cannot be decoded.
  public func features(path: String, views: VideoViews = VideoViews()) throws -> [Float] {
    let reader = try VideoReader(path: path)
    var mean = RunningMean()
    try reader.forEachClip(count: views.clips, recipe: model.recipe, crops: views.crops) { clip in
      mean.add(try interpreter.run([clip])[0])
    }
    return mean.values
  }

  /// Softmax of each view's logits, averaged over the views.
  private func average(
    damage: () -> String?, duration: () -> Double, _ forEachClip: ((Tensor) throws -> Void) throws -> Void
  ) throws -> VideoClassification {
    let clock = ContinuousClock()
    let start = clock.now
    var inference = Duration.zero
    var mean = RunningMean()
    try forEachClip { clip in
      let begin = clock.now
      let scores = try interpreter.run([clip])[0]
      mean.add(yieldsProbabilities ? scores : Operations.Softmax(axis: 1).evaluate([scores])[0])
      inference += clock.now - begin
    }
    let total = clock.now - start
    let order = mean.values.indices.sorted { mean.values[$0] > mean.values[$1] }
    return VideoClassification(
      predictions: order.map { Prediction(label: model.labels[$0], index: $0, score: mean.values[$0]) },
      duration: duration(), decodeMilliseconds: (total - inference).milliseconds,
      inferenceMilliseconds: inference.milliseconds, damage: damage())
  }
}

/// The mean over the rows of all tensors `[N, C]` added so far.
private struct RunningMean {
  private var sums: [Double] = []
  private var count = 0

  var values: [Float] { sums.map { Float($0 / Double(max(count, 1))) } }

  mutating func add(_ tensor: Tensor) {
    let columns = tensor.count / max(tensor.shape[0], 1)
    if sums.isEmpty { sums = [Double](repeating: 0, count: columns) }
    for (index, value) in tensor.elements(as: Float.self).enumerated() { sums[index % columns] += Double(value) }
    count += tensor.shape[0]
  }
}

extension Duration {
  /// The duration in milliseconds.
  var milliseconds: Double { self / .milliseconds(1) }
}
