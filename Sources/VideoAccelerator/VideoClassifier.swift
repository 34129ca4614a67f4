import CPU
import Passes
import Foundation
import IR
import Models
import Preprocessing
import Streams
import Tensors
import Video

/// Classifies videos: decodes and preprocesses them, runs the model and assigns labels.
///
/// ```swift
/// let classifier = try VideoClassifier(Model("x3d_xs"))
/// for prediction in try classifier.classify(url).top(5) { print(prediction.label, prediction.score) }
/// ```
///
/// A classifier can be used from several threads at once; all share the executor's threads. The asynchronous variants
/// of its methods do not block a thread, report progress, and end soon after their task is cancelled.
public struct VideoClassifier: Sendable {
  private let model: Model
  private let inputs: ClipInputs
  let threads: Int
  private let runner: any ModelRunner
  private let output: ClassifierOutput
  /// The type of the model's result for one crop.
  private let result: ValueType

  /// Creates a classifier.
  ///
  /// - Parameters:
  ///   - model: The model; one in original form is transmuted for this machine.
  ///   - precision: The number format to run in; nil for the model's own.
  ///   - threads: The number of threads that decode and run the model, each on clips of its own if there are several.
  ///   - executor: The executor whose sessions run the model.
  /// - Throws: `ModelError.noRecipe(model:)`, ``/Streams/VideoClassifierError``, and what `Model.runnable(in:)` throws.
  public init(
    _ model: Model, precision: Precision? = nil, threads: Int = 1, executor: Executor = .shared
  ) throws {
    try self.init(model, precision: precision, threads: threads, runner: executor)
  }

  /// Creates a classifier whose clips a runner runs.
  package init(_ model: Model, precision: Precision? = nil, threads: Int = 1, runner: any ModelRunner) throws {
    inputs = try model.requiredClipInputs()
    guard model.graph.states.isEmpty else { throw VideoClassifierError.hasStates(model: model.name) }
    self.model = try model.runnable(in: precision)
    result = try self.model.graph.specialized(to: inputs.shapes).outputTypes[0]
    guard result.elementType == .float32 else {
      throw VideoClassifierError.notAClassifier(model: model.name, result: result)
    }
    self.threads = threads
    self.runner = runner
    output = ClassifierOutput(of: model)
  }

  /// Classifies a video: averages the softmax of each view over the views.
  ///
  /// - Parameters:
  ///   - video: The video.
  ///   - views: The clips and crops to average over.
  /// - Returns: The classes with their scores, and the time that was spent.
  /// - Throws: `FileError` or `VideoError` if the video cannot be decoded; ``/Streams/VideoClassifierError/notFinite(model:)``;
  ///   `ModelError` if the labels do not fit the classes.
  public func classify(_ video: some VideoInput, views: VideoViews = VideoViews()) throws -> VideoClassification {
    try classify(video, views: views, watch: VideoWatch())
  }

  /// Classifies raw frames, whose number is not known beforehand, by consecutive clips.
  ///
  /// - Parameters:
  ///   - stream: The frames.
  ///   - views: The crops, and the largest number of clips to average over, spread evenly.
  /// - Throws: `VideoError` or `FileError` if frames cannot be read.
  public func classify(_ stream: RawFrameReader, views: VideoViews = VideoViews()) throws -> VideoClassification {
    try requireScores()
    try views.check()
    let clips = RawClips(reader: stream, recipe: recipe, crops: views.crops)
    var counted: [Int] = []
    // The number of clips is not known: all threads share each.
    let (found, decoding) = try ClipPipeline(threads: threads, clips: 1).map({ try scores(of: $0, threads: threads) }) {
      add in
      var place = 0
      counted = try clips.forEachClip(atMost: views.clips ?? VideoViews.mostClips) { clip in
        try add(place, clip)
        place += 1
      }
    }
    return try classification(
      found, counted: counted, crops: views.crops.count, duration: clips.duration, decoding: decoding,
      damage: stream.damage)
  }

  /// Returns the model's output for a video, averaged over its views.
  ///
  /// - Parameters:
  ///   - video: The video.
  ///   - views: The clips and crops to average over.
  /// - Throws: `FileError` or `VideoError` if the video cannot be decoded; ``/Streams/VideoClassifierError/notFinite(model:)``.
  public func features(of video: some VideoInput, views: VideoViews = VideoViews()) throws -> VideoFeatures {
    try features(of: video, views: views, watch: VideoWatch())
  }
}

extension VideoClassifier {
  /// How the clips are made that the model's inputs are made of.
  var recipe: ClipRecipe { inputs.clip }

  package func classify(_ video: some VideoInput, views: VideoViews, watch: VideoWatch) throws -> VideoClassification {
    try requireScores()
    try views.check()
    let pass = try results(of: video, crops: views.crops, watch: watch, starts: starts(views)) { clip, threads in
      try scores(of: clip, threads: threads)
    }
    return try classification(
      pass.results, counted: Array(pass.results.indices), crops: views.crops.count, duration: pass.timeline.duration,
      decoding: pass.decoding, damage: pass.damage)
  }

  package func features(of video: some VideoInput, views: VideoViews, watch: VideoWatch) throws -> VideoFeatures {
    try views.check()
    let pass = try results(of: video, crops: views.crops, watch: watch, starts: starts(views)) { clip, threads in
      try run(clip, threads: threads).result
    }
    return VideoFeatures(
      values: try output.finite(RunningMean(pass.results).values), duration: pass.timeline.duration,
      seen: SeenClips(count: pass.results.count, crops: views.crops.count, duration: recipe.duration),
      damage: pass.damage.map { "\($0)" })
  }

  /// Returns a function that maps a video's timeline to the start times of the clips for the views.
  private func starts(_ views: VideoViews) -> (FrameTimeline) -> [Double] {
    { timeline in
      let count = views.clipCount(videoDuration: timeline.duration, clipDuration: recipe.duration)
      return ClipSampling.uniform(count: count, videoDuration: timeline.duration, clipDuration: recipe.duration)
    }
  }

  /// The results of one pass through a video.
  struct Pass<Result> {
    /// The result of each clip, in the order of ``starts``.
    let results: [Result]
    /// The start times of the clips in seconds.
    let starts: [Double]
    let timeline: FrameTimeline
    /// The time for decoding and preprocessing.
    let decoding: Duration
    let damage: VideoError?
  }

  /// Decodes a video once, and returns a result for each of its clips.
  ///
  /// - Parameter work: Called with a clip and the number of threads that it may use.
  func results<Result: Sendable>(
    of video: some VideoInput, crops: [SpatialCrop], watch: VideoWatch, starts: (FrameTimeline) -> [Double],
    _ work: @escaping @Sendable (Tensor, Int) throws -> Result
  ) throws -> Pass<Result> {
    let source = try video.openVideo(threads: max(1, threads), interruption: watch.interruption)
    return try source.withTimeline { timeline in
      let starts = starts(timeline)
      let pipeline = ClipPipeline(threads: threads, clips: starts.count)
      func tell(_ seconds: Double) {
        watch.progress(VideoProgress(seconds: min(seconds, timeline.duration), duration: timeline.duration))
      }
      let (results, decoding) = try pipeline.map({ try work($0, pipeline.threadsPerClip) }) { add in
        try source.forEachClip(
          from: starts, recipe: recipe, crops: crops,
          prepare: {
            try watch.interruption()
            return $0
          }
        ) { place, clip in
          try add(place, clip)
          tell(starts[place])
        }
      }
      tell(timeline.duration)
      return Pass(results: results, starts: starts, timeline: timeline, decoding: decoding, damage: source.damage)
    }
  }

  /// Checks that the result is `[N, classes]`: ``features(of:views:)`` takes any, classes need scores.
  package func requireScores() throws(VideoClassifierError) {
    guard result.rank == 2 else { throw .notAClassifier(model: model.name, result: result) }
  }

  /// The scores of a clip.
  struct ClipScores: Sendable {
    /// `[crops, classes]`.
    let probabilities: Tensor
    /// The time that computing them took.
    let time: Duration
  }

  /// Returns the scores of a clip.
  func scores(of clip: Tensor, threads: Int) throws -> ClipScores {
    let (scores, time) = try run(clip, threads: threads)
    return ClipScores(probabilities: output.probabilities(scores), time: time)
  }

  private func run(_ clip: Tensor, threads: Int) throws -> (result: Tensor, time: Duration) {
    let (results, time) = try runner.run(model, inputs.tensors(of: clip), threads: threads)
    return (results[0], time)
  }

  private func classification(
    _ clips: [ClipScores], counted: [Int], crops: Int, duration: Double, decoding: Duration, damage: VideoError?
  ) throws -> VideoClassification {
    let values = try mean(of: counted.map { clips[$0].probabilities })
    let order = values.indices.sorted { values[$0] > values[$1] }
    return VideoClassification(
      predictions: order.map { Prediction(label: label($0), index: $0, score: values[$0]) },
      duration: duration, seen: SeenClips(count: counted.count, crops: crops, duration: recipe.duration),
      decodeMilliseconds: decoding.milliseconds,
      inferenceMilliseconds: clips.reduce(.zero) { $0 + $1.time }.milliseconds, damage: damage.map { "\($0)" })
  }

  /// Returns the mean of probabilities `[crops, classes]`.
  ///
  /// - Throws: `ModelError` if the number of labels is not that of the classes.
  func mean(of probabilities: [Tensor]) throws -> [Float] {
    try output.scores(RunningMean(probabilities).values)
  }

  /// Returns the label of a class.
  func label(_ index: Int) -> String { output.label(index) }
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
