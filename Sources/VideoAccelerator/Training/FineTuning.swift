import Foundation
import Graph
import ModelZoo
import Models
import Preprocessing
import Tensors
import Training

/// Turns a model into one for other classes: a folder of videos in, a zoo folder out.
///
/// The output folder is a zoo folder with the best weights; in `last` is one with the latest ones, in `training` what it takes to
/// resume, the logs (`log.jsonl`, TensorBoard's event files) and a page, `report.html`.
public struct FineTuning {
  /// How a run went.
  public struct Result: Sendable {
    /// How it ended.
    public let ending: Trainer.Ending
    /// What the best weights are worth in validation; nil if the run was interrupted.
    public let best: Evaluation.Result?
    /// The steps and epochs.
    public let history: TrainingHistory
  }

  private let model: ZooModel
  private let network: Graph
  private let architecture: Architecture
  private let split: DataSplit
  private let settings: TrainingSettings
  private let augmentation: Augmentation
  private let recipe: ClipRecipe
  private let output: String
  private let loaderThreads: Int
  private let cacheBytes: Int

  /// A run.
  ///
  /// - Parameters:
  ///   - model: What training begins with. Its last layer is replaced, unless its classes are those of the videos.
  ///   - split: The videos to learn from, and those to validate with.
  ///   - settings: How it is trained.
  ///   - augmentation: How clips are varied.
  ///   - recipe: What clips are like in training and after; the model's own if not given.
  ///   - output: The folder that the results go to.
  ///   - loaderThreads: How many threads decode.
  ///   - cacheBytes: How many bytes of decoded frames are kept in memory.
  /// - Throws: what the network throws if it cannot have as many classes, or take the clips.
  public init(
    _ model: ZooModel, _ split: DataSplit, settings: TrainingSettings, augmentation: Augmentation,
    recipe: ClipRecipe? = nil, output: String, loaderThreads: Int = 1, cacheBytes: Int = 0
  ) throws {
    self.model = model
    self.split = split
    self.augmentation = augmentation
    self.recipe = recipe ?? model.recipe
    self.output = output
    self.loaderThreads = loaderThreads
    self.cacheBytes = cacheBytes
    var architecture =
      recipe.map { model.architecture.fitting(frameCount: $0.frameCount, cropSize: $0.cropSize) } ?? model.architecture
    architecture.classCount = split.training.classes.count
    self.architecture = architecture
    network = try architecture.graph()
    _ = try network.specialized(to: [self.recipe.clipShape])
    var settings = settings
    settings.data =
      "\(split.training.name), \(split.training.samples.count) videos of \(split.training.classes.count) classes; "
      + "\(augmentation); \(self.recipe)"
    self.settings = settings
  }

  /// The file that a run resumes from.
  public static func checkpoint(in output: String) -> String { "\(output)/training/checkpoint.safetensors" }

  /// Trains.
  ///
  /// - Parameters:
  ///   - resumes: Whether to go on with the run in the output folder.
  ///   - shouldStop: Asked after each step.
  ///   - progress: Called with a line for people.
  ///   - log: Called with each epoch and each thing that a person should know.
  /// - Throws: `TrainingError`, `DataSetError`, `FileError`, what the network throws.
  public func run(
    resumes: Bool = false, shouldStop: @escaping () -> Bool = { false },
    progress: @escaping (String) -> Void = { _ in },
    log: @escaping (String) -> Void = { _ in }
  ) throws -> Result {
    let folder = "\(output)/training"
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw FileError(path: folder, reason: "cannot be made: \(error.localizedDescription)")
    }
    removeUnfinishedFiles()
    for warning in split.training.warnings + split.validation.warnings { log("warning: \(warning)") }
    let loader = try loader()
    let trainer = try Trainer(
      network, weights: firstWeights(), settings: settings, source: loader, checkpoint: Self.checkpoint(in: output),
      resumes: resumes)
    let resumed = resumes ? trainer.step : nil
    if let resumed { log("resuming after \(resumed) steps, in epoch \(trainer.epoch + 1)") }
    let lines = try JSONLinesLog(path: "\(folder)/log.jsonl", resumingAfter: resumed)
    let board = try TensorBoardLog(folder: "\(folder)/tensorboard", resumingAfter: resumed)
    var history = TrainingHistory(resumes ? try JSONLinesLog.events(path: "\(folder)/log.jsonl") : [])
    var bar = TrainingProgress(
      epoch: trainer.epoch, of: settings.epochs, stepsPerEpoch: loader.stepsPerEpoch, from: trainer.batchesDone)
    let evaluation = Evaluation(split.validation, recipe: recipe, threads: settings.threads)
    var began = ContinuousClock.now
    var latest: Evaluation.Result?
    var best: Evaluation.Result?
    var hooks = Trainer.Hooks()
    hooks.shouldStop = shouldStop
    hooks.log = { event in
      history.add(event)
      try lines.write(event)
      try board.write(event)
      switch event {
      case .step(let step):
        let clips = settings.batchSize
        bar.add(
          loss: step.loss, correct: Int((step.accuracy * Double(clips)).rounded()), clips: clips,
          seconds: (ContinuousClock.now - began) / .seconds(1))
        began = .now
        progress(bar.line)
      case .epoch(let epoch):
        log(Self.line(epoch, of: settings.epochs))
        bar = TrainingProgress(
          epoch: epoch.epoch + 1, of: settings.epochs, stepsPerEpoch: loader.stepsPerEpoch, after: bar)
        began = .now
      case .text: break
      }
    }
    hooks.evaluate = { weights in
      let result = try evaluation.run(network, weights: weights) { progress("validation: video \($0) of \($1)") }
      latest = result
      return result.score
    }
    hooks.keep = { weights, isBest in
      try write(weights, to: "\(output)/last")
      if isBest {
        try write(weights, to: output)
        best = latest
      }
    }
    let ending = try trainer.run(hooks)
    for video in loader.skipped.videos { log("skipped \(video.path): \(video.reason)") }
    // Who interrupts does not want to wait for a validation.
    guard ending != .interrupted else { return Result(ending: ending, best: nil, history: history) }
    // After a resumed run the best weights may be an earlier one's.
    let kept = FileManager.default.fileExists(atPath: "\(output)/model.safetensors")
    let result = try best ?? evaluation.run(network, weights: kept ? storedWeights() : trainer.evaluatedWeights)
    let report = TrainingReport(
      model: (output as NSString).lastPathComponent, classes: split.training.classes, history: history,
      confusion: result.confusion, skipped: loader.skipped,
      warnings: split.training.warnings + split.validation.warnings, settings: settings.described)
    try AtomicFile.write(to: "\(folder)/report.html") { try $0.append(Array(report.html.utf8)) }
    return Result(ending: ending, best: result, history: history)
  }

  private func loader() throws -> BatchLoader {
    var options = BatchLoader.Options()
    options.batchSize = settings.batchSize
    options.seed = settings.seed
    options.threads = loaderThreads
    options.cacheBytes = cacheBytes
    // A batch of what is left over is trained on too where there is no other one.
    options.keepsPartialBatch = split.training.samples.count < settings.batchSize
    return try BatchLoader(split.training, recipe: recipe, augmentation: augmentation, options: options)
  }

  private func firstWeights() throws -> [String: Tensor] {
    guard model.hasRandomWeights else {
      return try HeadSwap.weights(
        for: network, from: model.weights, seed: settings.seed, keepsHead: model.labels == split.training.classes)
    }
    // From scratch: nothing to keep.
    let random = try RandomWeights.make(
      for: network, seed: settings.seed, measuringOn: [RandomWeights.clips(recipe.clipShape, seed: settings.seed)])
    return try HeadSwap.weights(for: network, from: random, seed: settings.seed, keepsHead: false)
  }

  /// Removes what a run that was killed was about to write.
  private func removeUnfinishedFiles() {
    for folder in [output, "\(output)/last", "\(output)/training"] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      for name in names where name.hasSuffix(AtomicFile.temporarySuffix) {
        try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
      }
    }
  }

  private func storedWeights() throws -> [String: Tensor] {
    try ModelRequest(output).load().weights
  }

  private func write(_ weights: [String: Tensor], to path: String) throws {
    try ZooFolder.write(
      architecture: architecture, recipe: recipe, labels: split.training.classes, weights: weights, to: path)
  }

  private static func line(_ epoch: TrainingEpoch, of count: Int) -> String {
    let validation = epoch.validation.map {
      ", validation: loss \($0.loss.fixed(3)), accuracy \(($0.accuracy * 100).fixed(1)) %"
    }
    return "epoch \(epoch.epoch + 1) of \(count): loss \(epoch.training.loss.fixed(3)), "
      + "accuracy \((epoch.training.accuracy * 100).fixed(1)) %\(validation ?? ""), \(epoch.seconds.fixed(0)) s"
  }
}

extension TrainingSettings {
  /// The settings for people, by name.
  fileprivate var described: [(name: String, value: String)] {
    [
      ("epochs", "\(epochs)"), ("batch size", "\(batchSize)"), ("batches per step", "\(accumulation)"),
      ("optimizer", "\(method)"), ("learning rate", "\(learningRate)"), ("weight decay", "\(weightDecay)"),
      ("label smoothing", "\(labelSmoothing)"), ("largest norm of gradients", largestNorm.map { "\($0)" } ?? "none"),
      ("average of weights", averageDecay.map { "\($0)" } ?? "none"), ("frozen epochs", "\(frozenEpochs)"),
      ("seed", "\(seed)"), ("threads", "\(threads)"), ("data", data),
    ]
  }
}
