import Architectures
import CPU
import Foundation
import IR
import Models
import Passes
import Preprocessing
import Tensors
import Video

/// Finds the shots of videos with TransNet V2.
///
/// ```swift
/// let detector = try ShotDetector(Model("transnetv2"))
/// for shot in try detector.shots(of: url).shots { print(shot.start, shot.end) }
/// ```
///
/// A video is decoded once, frame by frame, and memory does not grow with its length except for some bytes per frame. A
/// detector can be used from several threads at once; all share the executor's threads.
public struct ShotDetector: Sendable {
  /// The score above which a frame is a transition, if no other threshold is given.
  public static let threshold: Float = 0.5

  /// The name of the model.
  public let modelName: String
  // The model itself is not kept: the plan has the weights, packed.
  private let plan: Plan
  private let threads: Int
  private let executor: Executor

  /// Creates a detector.
  ///
  /// - Parameters:
  ///   - model: The model; one in original form is transmuted for this machine.
  ///   - precision: The number format to run in; nil for the model's own.
  ///   - threads: The number of threads that decode and run the model.
  ///   - executor: The executor whose sessions run the model.
  /// - Throws: ``ShotDetectorError/notADetector(model:)`` if the model does not take windows of frames, and what
  ///   `Model.runnable(in:)` throws.
  public init(
    _ model: Model, precision: Precision? = nil, threads: Int = 1, executor: Executor = .shared
  ) throws {
    guard Self.isDetector(model.graph) else { throw ShotDetectorError.notADetector(model: model.name) }
    modelName = model.name
    plan = try model.runnable(in: precision).plan(inputShapes: Self.inputShapes)
    self.threads = threads
    self.executor = executor
  }

  /// The shapes of the inputs for one window.
  private static let inputShapes = TransNetV2Configuration().inputShapes ?? []

  /// Returns whether a graph takes windows of frames with their histograms, and gives two scores for each frame.
  package static func isDetector(_ graph: Graph) -> Bool {
    guard graph.inputTypes.map(\.name) == TransNetV2.inputs.map(\.name), graph.states.isEmpty,
      let whole = try? graph.specialized(to: inputShapes)
    else { return false }
    let scores = ValueType([1, .fixed(ShotWindows.length)])
    return whole.outputTypes == [scores, scores]
  }

  /// Finds the shots of a video.
  ///
  /// - Parameters:
  ///   - video: The video.
  ///   - threshold: The score above which a frame is a transition, between 0 and 1.
  ///   - progress: Called with the progress.
  /// - Throws: `FileError` or `VideoError` if the video cannot be decoded; ``ShotDetectorError``.
  public func shots(
    of video: some VideoInput, threshold: Float = Self.threshold,
    progress: @escaping @Sendable (VideoProgress) -> Void = { _ in }
  ) throws -> VideoShots {
    try shots(of: video, threshold: threshold, watch: VideoWatch(progress: progress))
  }

  /// Finds the shots of a video, without blocking the caller's thread.
  ///
  /// - Parameters:
  ///   - video: The video.
  ///   - threshold: The score above which a frame is a transition, between 0 and 1.
  ///   - progress: Called on another thread with the progress.
  /// - Throws: What the synchronous method throws; `CancellationError` soon after the task is cancelled.
  public func shots(
    of video: some VideoInput, threshold: Float = Self.threshold,
    progress: @escaping @Sendable (VideoProgress) -> Void = { _ in }
  ) async throws -> VideoShots {
    try await onOwnThread {
      try shots(of: video, threshold: threshold, watch: VideoWatch(interruption: $0, progress: progress))
    }
  }

  package func shots(of video: some VideoInput, threshold: Float, watch: VideoWatch) throws -> VideoShots {
    guard threshold > 0, threshold < 1 else { throw ShotDetectorError.threshold(threshold) }
    let source = try video.openVideo(
      scaledTo: ShotWindows.size, threads: max(1, threads), interruption: watch.interruption)
    return try source.withTimeline { timeline in
      var (windows, scores) = (ShotWindows(), FrameScores())
      let frames = Array(0..<timeline.count)
      try source.decodeFrames(frames) { number, frame in
        try watch.interruption()
        try windows.add(frame) { try scores.add(run($0)) }
        watch.progress(VideoProgress(seconds: timeline.times[number], duration: timeline.duration))
      }
      try windows.finish { inputs in
        try watch.interruption()
        try scores.add(run(inputs))
      }
      watch.progress(VideoProgress(seconds: timeline.duration, duration: timeline.duration))
      return VideoShots(
        scores: Array(scores.transitions.prefix(frames.count)),
        transitionScores: Array(scores.parts.prefix(frames.count)),
        threshold: threshold, timeline: timeline, framesPerSecond: source.info.averageFrameRate,
        damage: source.damage.map { "\($0)" })
    }
  }

  /// Returns the two logits of each frame of a window.
  private func run(_ window: [Tensor]) throws -> [[Float]] {
    let results = try executor.withSession(of: plan, threads: max(1, threads)) { try $0.run(window) }
    let logits = results.map { $0.elements(as: Float.self) }
    guard logits.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { throw ShotDetectorError.notFinite(model: modelName) }
    return logits
  }
}

/// The scores of the frames so far.
private struct FrameScores {
  private(set) var transitions: [Float] = []
  private(set) var parts: [Float] = []

  /// Adds those of a window's middle.
  mutating func add(_ logits: [[Float]]) {
    transitions += logits[0][ShotWindows.scored].map(sigmoid)
    parts += logits[1][ShotWindows.scored].map(sigmoid)
  }

  private func sigmoid(_ logit: Float) -> Float { 1 / (1 + exp(-logit)) }
}

/// Why shots cannot be found.
public enum ShotDetectorError: UserFacingError, Equatable {
  /// A model with other inputs or results than TransNet V2.
  case notADetector(model: String)
  /// A model whose results are NaN or infinite.
  case notFinite(model: String)
  /// A threshold that is not between 0 and 1.
  case threshold(Float)

  /// A sentence that says what to do.
  public var description: String {
    switch self {
    case .notADetector(let model):
      "\(model) does not find shots: that takes transnetv2, or a model with its inputs and results"
    case .notFinite(let model):
      "\(model) computes NaN or infinity: check its weights for NaN and for values that overflow"
    case .threshold(let threshold): "the threshold is \(threshold): give a number between 0 and 1"
    }
  }
}
