import Passes
import Foundation
import IR
import Models
import Preprocessing
import CPU
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

/// What a model says of a video.
public struct VideoClassification: Sendable {
  /// All classes, the likeliest first.
  public let predictions: [Prediction]
  /// Length of the video in seconds.
  public let duration: Double
  /// How much of the video the model saw.
  public let seen: SeenClips
  /// Milliseconds spent decoding and preprocessing.
  public let decodeMilliseconds: Double
  /// Milliseconds spent in the model; where several clips are in it at once, each counts.
  public let inferenceMilliseconds: Double
  /// What was wrong with the file, if it was damaged but some frames could be decoded.
  public let damage: String?
}

/// What a model computes of a video before it classifies.
public struct VideoFeatures: Sendable {
  /// `[features]`, or one row for each view of a map: the mean over all views.
  public let values: [Float]
  /// Length of the video in seconds.
  public let duration: Double
  /// How much of the video the model saw.
  public let seen: SeenClips
  /// What was wrong with the file, if it was damaged but some frames could be decoded.
  public let damage: String?
}

/// Classifies videos: decoding, preprocessing, model and labels put together.
///
/// ```swift
/// let classifier = try VideoClassifier(Model("x3d_xs"))
/// for prediction in try classifier.classify(video: url, top: 5) { print(prediction.label, prediction.score) }
/// ```
public struct VideoClassifier: Sendable {
  private let model: Model
  let recipe: ClipRecipe
  let threads: Int
  private let yieldsProbabilities: Bool

  /// A classifier.
  ///
  /// - Parameters:
  ///   - model: The model; in original form it is transmuted for this machine.
  ///   - precision: The number format to run in, instead of the model's own.
  ///   - threads: How many threads decode and run it: on clips of their own, where there are several.
  /// - Throws: `ModelError.noRecipe(model:)`, and what `Model.runnable(in:)` throws.
  public init(_ model: Model, precision: Precision? = nil, threads: Int = 1) throws {
    recipe = try model.requiredRecipe()
    self.model = try model.runnable(in: precision)
    self.threads = threads
    yieldsProbabilities = model.graph.finalSoftmax != nil
  }

  /// The likeliest classes of a video file.
  ///
  /// - Throws: `FileError` or `VideoError` if the file cannot be decoded.
  public func classify(video: URL, top: Int = 5, views: VideoViews = VideoViews()) throws -> [Prediction] {
    Array(try classify(path: video.path, views: views).predictions.prefix(max(0, top)))
  }

  /// All classes of a video file, with what it took to find them.
  ///
  /// - Throws: `FileError` or `VideoError` if the file cannot be decoded, ``VideoClassifierError/notFinite(model:)``.
  public func classify(path: String, views: VideoViews = VideoViews()) throws -> VideoClassification {
    let reader = try VideoReader(path: path, threads: threads)
    return try reader.withTimeline { timeline in
      let count = views.clipCount(videoDuration: timeline.duration, clipDuration: recipe.duration)
      return try average(
        ClipPipeline(threads: threads, clips: count), crops: views.crops.count,
        damage: { reader.damage.map { "\($0)" } }, duration: { timeline.duration }
      ) { body in
        try reader.forEachClip(count: count, recipe: recipe, crops: views.crops, body)
        return Array(0..<count)
      }
    }
  }

  /// All classes of raw frames, whose number is not known beforehand: of consecutive clips, of which at most so many count as
  /// views ask for, spread evenly (``VideoViews``).
  ///
  /// - Throws: `VideoError` or `FileError` if frames cannot be read.
  public func classify(raw reader: RawFrameReader, views: VideoViews = VideoViews()) throws -> VideoClassification {
    let stream = RawClips(reader: reader, recipe: recipe, crops: views.crops)
    // How many clips there will be is not known: all threads work on each.
    let pipeline = ClipPipeline(threads: threads, clips: 1)
    return try average(
      pipeline, crops: views.crops.count, damage: { reader.damage.map { "\($0)" } }, duration: { stream.duration }
    ) {
      try stream.forEachClip(atMost: views.clips ?? VideoViews.mostClips, $0)
    }
  }

  /// The model's output for a video file, averaged over its views.
  ///
  /// - Throws: `FileError` or `VideoError` if the file cannot be decoded, ``VideoClassifierError/notFinite(model:)``.
  public func features(path: String, views: VideoViews = VideoViews()) throws -> VideoFeatures {
    let reader = try VideoReader(path: path, threads: threads)
    return try reader.withTimeline { timeline in
      let count = views.clipCount(videoDuration: timeline.duration, clipDuration: recipe.duration)
      let pipeline = ClipPipeline(threads: threads, clips: count)
      let features = try pipeline.map({
        let session = try session(crops: views.crops.count, threads: pipeline.threadsPerClip)
        return { try session.run($0)[0] }
      }) { add in
        var place = 0
        try reader.forEachClip(count: count, recipe: recipe, crops: views.crops) { clip in
          try add(place, clip)
          place += 1
        }
      }
      return VideoFeatures(
        values: try numbers(RunningMean(features).values), duration: timeline.duration,
        seen: SeenClips(count: count, crops: views.crops.count, duration: recipe.duration),
        damage: reader.damage.map { "\($0)" })
    }
  }

  /// Softmax of each view's logits, averaged over the views.
  ///
  /// - Parameter forEachClip: Gives clips, one after the other; returns the numbers of those that count.
  private func average(
    _ pipeline: ClipPipeline, crops: Int, damage: () -> String?, duration: () -> Double,
    _ forEachClip: ((Tensor) throws -> Void) throws -> [Int]
  ) throws -> VideoClassification {
    let clock = ContinuousClock()
    var decoding = Duration.zero
    var counted: [Int] = []
    let clips = try pipeline.map({
      let session = try session(crops: crops, threads: pipeline.threadsPerClip)
      return { clip in
        let start = clock.now
        return (probabilities: try probabilities(of: clip, session), time: clock.now - start)
      }
    }) { add in
      var place = 0
      var start = clock.now
      // One closure that does not escape must not be called from another.
      try withoutActuallyEscaping(add) { add in
        counted = try forEachClip { clip in
          decoding += clock.now - start
          try add(place, clip)
          place += 1
          start = clock.now
        }
      }
      decoding += clock.now - start
    }
    let mean = RunningMean(counted.map { clips[$0].probabilities })
    let values = try scores(mean.values)
    let order = values.indices.sorted { values[$0] > values[$1] }
    return VideoClassification(
      predictions: order.map { Prediction(label: label($0), index: $0, score: values[$0]) },
      duration: duration(), seen: SeenClips(count: counted.count, crops: crops, duration: recipe.duration),
      decodeMilliseconds: decoding.milliseconds,
      inferenceMilliseconds: clips.reduce(.zero) { $0 + $1.time }.milliseconds, damage: damage())
  }
}

extension VideoClassifier {
  /// A session for clips with so many crops.
  func session(crops: Int, threads: Int) throws -> Session {
    let shape = [crops, 3, recipe.frameCount, recipe.cropSize, recipe.cropSize]
    return try Session(model.plan(inputShapes: shape), threads: threads)
  }

  /// The probabilities `[crops, classes]` of a clip.
  func probabilities(of clip: Tensor, _ session: Session) throws -> Tensor {
    let scores = try session.run(clip)[0]
    return yieldsProbabilities ? scores : Operations.Softmax(axis: 1).evaluate([scores])[0]
  }

  /// The mean of probabilities, if there is one for each label.
  func scores(_ probabilities: [Float]) throws -> [Float] {
    let values = try numbers(probabilities)
    guard model.labels.isEmpty || model.labels.count == values.count else {
      throw ModelError.labelCount(model: model.name, labels: model.labels.count, classes: values.count)
    }
    return values
  }

  private func numbers(_ values: [Float]) throws -> [Float] {
    guard values.allSatisfy(\.isFinite) else { throw VideoClassifierError.notFinite(model: model.name) }
    return values
  }

  /// What a class is called.
  func label(_ index: Int) -> String {
    model.labels.indices.contains(index) ? model.labels[index] : "class \(index)"
  }
}

/// A model that cannot classify videos.
public enum VideoClassifierError: UserFacingError, Equatable {
  /// A model whose results are NaN or infinite.
  case notFinite(model: String)

  /// One sentence that says what to do.
  public var description: String {
    switch self {
    case .notFinite(let model):
      "\(model) computes NaN or infinity: check its weights for NaN and for values that overflow"
    }
  }
}

/// The mean over the rows of all tensors `[N, C]` added so far.
struct RunningMean {
  private var sums: [Double] = []
  private var count = 0

  init(_ tensors: [Tensor] = []) { for tensor in tensors { add(tensor) } }

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
