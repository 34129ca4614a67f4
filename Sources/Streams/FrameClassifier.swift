import CPU
import Models
import Preprocessing
import Tensors

/// Classifies a stream of frames, such as a camera's, as they come.
///
/// ```swift
/// let classifier = try FrameClassifier(running: Model(contentsOf: "x3d_s.accel"))
/// while let frame = camera.nextFrame() {
///   guard let prediction = try classifier.push(frame), prediction.hasChanged else { continue }
///   print(prediction.timestamp, prediction.label, prediction.score)
/// }
/// ```
///
/// Frames are sampled by their timestamps as the model's recipe wants, whatever the rate of the stream: those between are
/// skipped, and the last one is repeated while there is no other. A model with states, such as a continual form, computes each
/// sampled frame once, and each gives a prediction; others run on clips that overlap (``StreamOptions``). `VideoAccelerator`
/// adds an initializer that makes a model's continual form, whose results depend on far more frames than a clip has.
///
/// After a jump in time and after an error the past is forgotten, and predictions begin again after ``warmUpFrames``. Frames may
/// change their size. A classifier must not be used from several threads at once; `VideoStream` runs one on a
/// thread of its own.
public final class FrameClassifier {
  /// How the model runs: frame by frame or on windows.
  public let method: StreamMethod
  /// The time from one sampled frame to the next in seconds.
  public let frameInterval: Double
  /// What happened so far.
  public internal(set) var counters = StreamCounters()

  /// The number of classes.
  public let classCount: Int
  private let output: ClassifierOutput
  private let topCount: Int
  private var builder: ClipBuilder
  // What is saved of a stream.
  var runner: ClipRunner
  var grid: FrameGrid
  var smoothing: ScoreSmoothing
  /// The size of the last frame that was taken.
  var size: Size?
  /// The class of the last prediction.
  var lastBest: Int?

  /// The size of a frame in pixels.
  struct Size: Equatable {
    let width: Int, height: Int
  }

  /// Creates a classifier that runs a model as it is: frame by frame if the model has states, else on clips that overlap.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - threads: The number of threads that run the model.
  ///   - options: How predictions are made.
  /// - Throws: ``StreamError/option(_:)``, ``VideoClassifierError``, `ModelError` if it has no recipe or not a label for each
  ///   class, and what `Model.plan(inputShapes:)` throws.
  public convenience init(
    running model: Model, threads: Int = 1, options: StreamOptions = StreamOptions()
  ) throws {
    try options.check()
    try self.init(
      StreamSetting(model, inputs: model.requiredClipInputs(), options: options), of: model, threads: threads,
      options: options)
  }

  /// Creates a classifier.
  ///
  /// - Parameters:
  ///   - setting: How the model runs.
  ///   - model: The model as it was before rewrites, whose recipe and labels count.
  ///   - threads: The number of threads that run the model.
  ///   - options: How predictions are made, which were checked.
  /// - Throws: ``StreamError/option(_:)``, `ModelError` if the model has no recipe, and what `Model.plan(inputShapes:)` throws.
  package init(_ setting: StreamSetting, of model: Model, threads: Int, options: StreamOptions) throws {
    let inputs = try model.requiredClipInputs()
    method = setting.method
    classCount = setting.classCount
    output = ClassifierOutput(of: model)
    topCount = options.topCount
    frameInterval = Double(inputs.clip.samplingRate) / inputs.clip.framesPerSecond
    smoothing = ScoreSmoothing(options)
    builder = try ClipBuilder(recipe: inputs.clip.ofOneFrame)
    runner = try ClipRunner(setting.run, threads: threads)
    // Forgetting many frames for a few that are missing would cost more than repeating one.
    let half = Double(runner.receptiveField ?? 0) / 2 * frameInterval
    let longestGap = options.longestGap ?? min(max(half, inputs.clip.duration, 1), Self.mostRepeats * frameInterval)
    guard longestGap / frameInterval <= Self.mostRepeats else {
      throw StreamError.option("a gap of \(longestGap) s has over \(Int(Self.mostRepeats)) frames")
    }
    grid = FrameGrid(interval: frameInterval, longestGap: longestGap)
  }

  /// The most frames that a gap may have.
  private static let mostRepeats = 10_000.0

  /// The number of sampled frames before the one with the first prediction.
  public var warmUpFrames: Int { runner.warmUpFrames }
  /// The time before the first prediction in seconds.
  public var warmUp: Double { Double(warmUpFrames) * frameInterval }
  /// The number of sampled frames that a prediction depends on; nil if a model with states of its own may depend on all.
  public var receptiveField: Int? { runner.receptiveField }
  /// The number of sampled frames by which predictions of steps lag, as `StepTiming` says; those of clips do not.
  public var delay: Int { runner.timing?.delay ?? 0 }
  /// The time by which predictions of steps lag in seconds: what they are about was so long before the newest frame.
  public var lag: Double { Double(max(0, delay)) * frameInterval }
  /// The number of sampled frames from one prediction to the next.
  public var stride: Int { runner.stride }
  /// The longest time between two frames in seconds that is no jump.
  public var longestGap: Double { grid.longestGap }

  /// Takes a frame.
  ///
  /// - Parameter frame: The frame; its timestamp may count from any time.
  /// - Returns: The prediction that it gives; nil if it is skipped, if no clip ends with it, and before ``warmUpFrames``.
  /// - Throws: ``StreamError/timestamp``; `PreprocessingError` if it cannot be scaled, ``VideoClassifierError/notFinite(model:)``
  ///   and `RuntimeError` if the model fails, after which the past is forgotten. Frames that follow can be pushed.
  public func push(_ frame: Frame) throws -> StreamPrediction? { try push(at: frame.timestamp) { frame } }

  /// Takes a camera's picture, of which a frame is made only if it is not skipped.
  ///
  /// - Parameter picture: The picture, whose memory is not used afterwards.
  /// - Returns: As ``push(_:)-(Frame)``.
  /// - Throws: As ``push(_:)-(Frame)``.
  public func push(_ picture: CameraPicture) throws -> StreamPrediction? {
    try push(at: picture.timestamp) { Frame(picture) }
  }

  /// Takes a frame that is made only if it is not skipped.
  ///
  /// - Parameters:
  ///   - timestamp: The time of the frame in seconds.
  ///   - frame: Returns the frame, whose own timestamp is not read.
  /// - Returns: As ``push(_:)-(Frame)``.
  /// - Throws: As ``push(_:)-(Frame)``, and what `frame` throws; then the frame counts as missing.
  public func push(at timestamp: Double, _ frame: () throws -> Frame) throws -> StreamPrediction? {
    let start = Stopwatch.wall.now
    counters.frames += 1
    do {
      guard let (scores, best) = try take(timestamp, frame) else { return nil }
      let ranked = scores.indices.sorted { scores[$0] > scores[$1] }.prefix(topCount)
      defer { lastBest = best }
      counters.predictions += 1
      counters.changes += best == lastBest ? 0 : 1
      return StreamPrediction(
        timestamp: timestamp, best: prediction(best, scores), top: ranked.map { prediction($0, scores) },
        hasChanged: best != lastBest, latency: .milliseconds(Stopwatch.wall.now - start))
    } catch {
      counters.failures += 1
      throw error
    }
  }

  /// Forgets all frames, such as after a change of scene that timestamps do not tell. Counters go on.
  public func reset() {
    counters.resets += 1
    runner.reset()
    grid.position = nil
    smoothing.past = nil
    lastBest = nil
  }

  /// Returns the averaged scores and the class if the frame with a time gives some.
  private func take(_ time: Double, _ frame: () throws -> Frame) throws -> (scores: [Float], best: Int)? {
    guard time.isFinite else { throw StreamError.timestamp }
    var next = grid
    var visit = next.visit(time)
    if visit == .jump {
      counters.jumps += 1
      reset()
      next = grid
      visit = next.visit(time)
    }
    guard case .taken(let missed) = visit, let position = next.position else {
      grid = next
      counters.skipped += 1
      return nil
    }
    let picture = try scaled(frame())
    do {
      // Of a slow stream each result may be due at a place that has no frame of its own.
      var latest: (scores: [Float], best: Int)?
      if let last = runner.frames.last {
        for place in position.place - missed..<position.place {
          latest = try step(last, at: Double(place) * frameInterval) ?? latest
        }
        counters.repeated += missed
      }
      counters.sampled += 1
      grid = next
      return try step(picture, at: Double(position.place) * frameInterval) ?? latest
    } catch {
      reset()
      throw error
    }
  }

  /// Runs the model on a sampled frame; returns the averaged scores and the class if it gives some.
  private func step(_ picture: Tensor, at time: Double) throws -> (scores: [Float], best: Int)? {
    guard let result = try runner.push(picture) else { return nil }
    return smoothing.add(try output.finite(output.probabilities(result).elements()), at: time)
  }

  private func scaled(_ frame: Frame) throws -> Tensor {
    let newSize = Size(width: frame.width, height: frame.height)
    if let size, size != newSize { counters.sizeChanges += 1 }
    size = newSize
    try builder.place(frame, at: [0])
    return try builder.tensor()
  }

  private func prediction(_ index: Int, _ scores: [Float]) -> Prediction {
    Prediction(label: output.label(index), index: index, score: scores[index])
  }
}
