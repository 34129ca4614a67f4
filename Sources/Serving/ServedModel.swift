import CPU
import IR
import Models
import Passes
import Streams
import Tensors
import VideoAccelerator
import Zoo

/// A model that is loaded, with all that requests need of it.
public final class ServedModel: Sendable {
  /// How a model is loaded and run.
  public struct Settings: Sendable, Equatable {
    /// The number format to run in; nil for the model's own.
    public var precision: Precision?
    /// The number of threads for each request.
    public var threads: Int
    /// The largest number of clips that run in a row, of several requests.
    public var batchSize: Int

    /// Creates settings.
    ///
    /// - Parameters:
    ///   - precision: The number format to run in; nil for the model's own.
    ///   - threads: The number of threads for each request.
    ///   - batchSize: The largest number of clips that run in a row, of several requests.
    public init(precision: Precision? = nil, threads: Int = 1, batchSize: Int = 1) {
      (self.precision, self.threads, self.batchSize) = (precision, threads, batchSize)
    }
  }

  /// The name that requests use.
  public let name: String
  /// The model, in the form in which it runs.
  public let model: Model
  /// What it can be used for.
  public let tasks: [ServedTask]

  private let source: String
  private let settings: Settings
  private let executor: Executor
  private let batcher: ClipBatcher
  private let classifier: VideoClassifier?
  private let detector: ShotDetector?
  private let streamSettings = Guarded<[StreamMethod: StreamSetting]>([:])
  /// The classifier without its last layer, which is made when it is first asked for.
  private let featureExtractor = Guarded<Result<VideoClassifier, any Error>?>(nil)

  /// Loads a model.
  ///
  /// - Parameters:
  ///   - name: The name that requests use.
  ///   - source: A model of the zoo, a folder or a file, as in `ModelRequest`.
  ///   - settings: How it is loaded and run.
  ///   - executor: The executor of its sessions.
  /// - Throws: What `ModelRequest.load` throws, and why this machine cannot run it.
  public init(name: String, source: String, settings: Settings = Settings(), executor: Executor = .shared) throws {
    let original = try ModelRequest(source).load().withOwnWeights()
    (self.name, self.source, self.settings, self.executor) = (name, source, settings, executor)
    model = try original.runnable(in: settings.precision)
    batcher = ClipBatcher(size: settings.batchSize, executor: executor)
    detector =
      ShotDetector.isDetector(model.graph)
      ? try ShotDetector(model, threads: settings.threads, executor: executor) : nil
    classifier = try? VideoClassifier(model, threads: settings.threads, runner: batcher)
    var tasks: [ServedTask] = []
    if let classifier, (try? classifier.requireScores()) != nil { tasks = [.classify, .timeline] }
    if classifier != nil { tasks.append(.features) }
    if detector != nil { tasks.append(.shots) }
    if tasks.contains(.classify) || (!model.graph.states.isEmpty && model.recipe != nil) { tasks.append(.streams) }
    self.tasks = tasks
    // Kernels are chosen and weights packed before the first request.
    if let shapes = model.clipShapes { _ = try model.plan(inputShapes: shapes) }
  }

  /// The number of clips that ran, and of batches that they ran in.
  public var clipCounts: (clips: Int, batches: Int) { batcher.counts }

  /// Returns the classifier of videos.
  ///
  /// - Throws: ``ServingError/cannot(model:task:reason:)``.
  func videoClassifier(for task: ServedTask) throws -> VideoClassifier {
    guard let classifier else {
      throw ServingError.cannot(model: name, task: task, reason: "its inputs are not made of one clip of a video")
    }
    guard tasks.contains(.classify) else {
      throw ServingError.cannot(model: name, task: task, reason: "its result is not a score for each class")
    }
    return classifier
  }

  /// Returns the detector of shots.
  ///
  /// - Throws: ``ServingError/cannot(model:task:reason:)``.
  func shotDetector() throws -> ShotDetector {
    guard let detector else {
      throw ServingError.cannot(model: name, task: .shots, reason: "that takes transnetv2")
    }
    return detector
  }

  /// Returns the classifier without its last layer; a model that is none as it is.
  func featureClassifier() throws -> VideoClassifier {
    try featureExtractor.withLock { extractor in
      let made = extractor ?? Result { try makeFeatureClassifier() }
      extractor = made
      return try made.get()
    }
  }

  private func makeFeatureClassifier() throws -> VideoClassifier {
    guard let classifier else {
      throw ServingError.cannot(model: name, task: .features, reason: "its inputs are not made of one clip of a video")
    }
    guard tasks.contains(.classify) else { return classifier }
    do {
      let features = try ModelRequest(source, head: .features).load().withOwnWeights()
      return try VideoClassifier(
        features, precision: settings.precision, threads: settings.threads, runner: executor)
    } catch let error as ModelRequestError {
      throw ServingError.cannot(model: name, task: .features, reason: "\(error)")
    }
  }

  /// Returns a new classifier of a stream's frames, whose options differ from others' in the method alone.
  func frameClassifier(_ options: StreamOptions) throws -> FrameClassifier {
    guard tasks.contains(.streams) else {
      throw ServingError.cannot(model: name, task: .streams, reason: "its result is not a score for each class")
    }
    // All streams of a method share the weights.
    let setting = try streamSettings.withLock { settings in
      if let setting = settings[options.method] { return setting }
      let setting = try StreamSetting(choosing: options, for: model)
      settings[options.method] = setting
      return setting
    }
    return try FrameClassifier(setting, of: model, threads: settings.threads, options: options)
  }

  /// Runs the model on inputs, clip by clip if clips are independent.
  func run(_ inputs: [Tensor], turn: Turn) throws -> [Tensor] {
    guard let batch = inputs.first?.shape.first, batch > 1, model.graph.hasIndependentClips,
      inputs.allSatisfy({ $0.shape.first == batch })
    else { return try runOnce(inputs) }
    let clips = try (0..<batch).map { index in
      try turn.check()
      return try runOnce(inputs.map { $0.rows(index..<index + 1) })
    }
    return clips[0].indices.map { output in Tensor(joining: clips.map { $0[output] }) }
  }

  private func runOnce(_ inputs: [Tensor]) throws -> [Tensor] {
    let plan = try model.plan(inputShapes: inputs.map(\.shape))
    guard plan.arenaBytes <= Self.mostBytes else {
      throw ServingError.tooLarge(
        "\(name) needs \(plan.arenaBytes >> 20) MB for inputs of these shapes: send smaller ones")
    }
    return try batcher.run(model, inputs, threads: settings.threads).results
  }

  /// The most memory of a session in bytes.
  private static let mostBytes = 2 << 30
}

extension Model {
  /// Returns the model with its weights in memory, so that its file can be replaced in whatever way.
  fileprivate func withOwnWeights() -> Model {
    var copy = Model(
      name: name, graph: graph, weights: weights.mapValues(\.inMemory), form: form, quantization: quantization,
      recipes: recipes, labels: labels, tuning: tuning, provenance: provenance)
    copy.stepTiming = stepTiming
    return copy
  }
}

extension Tensor {
  /// A copy whose elements no file holds.
  fileprivate var inMemory: Tensor {
    var copy = Tensor(zeros: shape, elementType: elementType)
    withUnsafeBytes { source in copy.withUnsafeMutableBytes { $0.copyMemory(from: source) } }
    return copy
  }

  /// Returns rows of the first axis.
  fileprivate func rows(_ range: Range<Int>) -> Tensor {
    var result = Tensor(zeros: [range.count] + shape.dropFirst(), elementType: elementType)
    let size = byteCount / max(shape[0], 1)
    withUnsafeBytes { source in
      result.withUnsafeMutableBytes {
        $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[range.lowerBound * size..<range.upperBound * size]))
      }
    }
    return result
  }

  /// Joins tensors along the first axis; the others are equal.
  fileprivate init(joining parts: [Tensor]) {
    self.init(
      zeros: [parts.reduce(0) { $0 + $1.shape[0] }] + parts[0].shape.dropFirst(), elementType: parts[0].elementType)
    withUnsafeMutableBytes { target in
      var offset = 0
      for part in parts {
        part.withUnsafeBytes { source in
          UnsafeMutableRawBufferPointer(rebasing: target[offset..<offset + source.count]).copyMemory(from: source)
        }
        offset += part.byteCount
      }
    }
  }
}
