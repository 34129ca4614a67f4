import Passes
import Quantization
import Reports
import Foundation
import IR
import Models
import Zoo
import Architectures
import Preprocessing
import CPU
import Tensors
import Training

/// Turns a model into one for other classes: a folder of videos in, a zoo folder out. Or in int8, a trained model into one in
/// integers that has learned to live with them.
///
/// The output folder is a zoo folder with the best weights; in `last` is one with the latest ones, in `training` what it takes to
/// resume, the logs (`log.jsonl`, TensorBoard's event files) and a page, `report.html`. In int8 the best weights are
/// `model.accel`, the latest ones `last.accel`, and `training/start.accel` is the quantized model before it was trained; it is also
/// the best one until an epoch does better.
public struct FineTuning: Sendable {
  /// How a run went.
  public struct Result: Sendable {
    /// How it ended.
    public let ending: Trainer.Ending
    /// What the best weights are worth in validation; nil if the run was interrupted.
    public let best: Evaluation.Result?
    /// The steps and epochs.
    public let history: TrainingHistory
    /// Videos that could not be decoded, of those to learn from and of those to validate with.
    public let skipped: [SkippedVideos.Video]
    /// What is odd about the videos, those included that are damaged but used: a sentence each.
    public let warnings: [String]
  }

  private let model: Model
  private let network: TrainedNetwork
  private let split: DataSplit
  private let settings: TrainingSettings
  private let augmentation: Augmentation
  private let recipe: ClipRecipe
  private let output: String
  private let loaderThreads: Int
  private let cacheBytes: Int
  private let precision: Precision
  private let target: any TargetDevice
  /// How many clips show how large values get, in int8.
  private static let calibrationClips = 32

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
  ///   - precision: What the trained model computes in: `fp32` or `int8`, for which the model must be trained already, for the
  ///     classes of the videos.
  ///   - target: For which device, in int8.
  /// - Throws: what the network throws if it cannot have as many classes, or take the clips; `ModelRequestError` if the model
  ///   cannot be trained in that precision.
  public init(
    _ model: Model, _ split: DataSplit, settings: TrainingSettings, augmentation: Augmentation,
    recipe: ClipRecipe? = nil, output: String, loaderThreads: Int = 1, cacheBytes: Int = 0,
    precision: Precision = .fp32, target: any TargetDevice = HostCPU()
  ) throws {
    self.model = model
    self.precision = precision
    self.target = target
    self.split = split
    self.augmentation = augmentation
    self.recipe = try recipe ?? model.requiredRecipe()
    self.output = output
    self.loaderThreads = loaderThreads
    self.cacheBytes = cacheBytes
    network = try TrainedNetwork(
      model, classes: split.training.classes, recipe: self.recipe, precision: precision)
    var settings = settings
    settings.data =
      "\(split.training.name), \(split.training.samples.count) videos of \(split.training.classes.count) classes; "
      + "\(augmentation); \(self.recipe)" + (precision == .int8 ? "; int8" : "")
    self.settings = settings
  }

  /// The file that says which videos a run learns from, and which it validates with (`DataSplit.init(savedAt:root:)`).
  public static func split(in output: String) -> String { "\(output)/training/split.json" }

  /// The file that a run resumes from.
  public static func checkpoint(in output: String) -> String { "\(output)/training/checkpoint.safetensors" }

  /// Trains.
  ///
  /// - Parameters:
  ///   - resumes: Whether to go on with the run in the output folder.
  ///   - origin: What the foot of the run's page says of how it came to be.
  ///   - shouldStop: Asked after each step.
  ///   - progress: Called with a line for people.
  ///   - log: Called with each epoch and each thing that a person should know.
  /// - Throws: `TrainingError`, `DataSetError`, `FileError`, what the network throws.
  public func run(
    resumes: Bool = false, origin: PageOrigin = PageOrigin(), shouldStop: @escaping () -> Bool = { false },
    progress: @escaping (String) -> Void = { _ in },
    log: @escaping (String) -> Void = { _ in }
  ) throws -> Result {
    try run(
      resumes: resumes, origin: origin, shouldStop: shouldStop, interruption: {}, progress: progress, log: log)
  }

  /// Trains.
  ///
  /// - Parameter interruption: Called while there is nothing to keep of what is being done: what it throws ends the work.
  func run(
    resumes: Bool, origin: PageOrigin, shouldStop: @escaping () -> Bool, interruption: @escaping () throws -> Void,
    progress: @escaping (String) -> Void, log: @escaping (String) -> Void
  ) throws -> Result {
    let folder = "\(output)/training"
    try FileSystem.makeFolder(folder)
    removeUnfinishedFiles()
    let splitPath = Self.split(in: output)
    if !resumes || !FileSystem.exists(splitPath) { try split.write(to: splitPath) }
    for skipped in [split.training.skippedFiles, split.validation.skippedFiles] { skipped.summary.map(log) }
    let loader = try loader()
    let evaluation = Evaluation(split.validation, recipe: recipe, threads: settings.threads)
    let givesProbabilities = network.graph.finalSoftmax != nil
    let judge = { (plan: Plan) in
      try evaluation.run(plan, givesProbabilities: givesProbabilities) {
        try interruption()
        progress("validation: video \($0) of \($1)")
      }
    }
    let form = try form(resumes: resumes, judge: judge, interruption: interruption, progress: progress, log: log)
    let trainer = try Trainer(
      form.network, weights: form.weights, startScore: form.startScore, settings: settings, source: loader,
      checkpoint: Self.checkpoint(in: output), resumes: resumes)
    if !trainer.differences.isEmpty {
      log("Options differ from the checkpoint: \(trainer.differences.joined(separator: ", "))")
    }
    let resumed = resumes ? trainer.step : nil
    if let resumed { log("resuming after \(resumed) steps, in epoch \(trainer.epoch + 1)") }
    let lines = try JSONLinesLog(path: "\(folder)/log.jsonl", resumingAfter: resumed)
    let board = try TensorBoardLog(folder: "\(folder)/tensorboard", resumingAfter: resumed)
    var history = TrainingHistory(resumes ? try JSONLinesLog.events(path: "\(folder)/log.jsonl") : [])
    var bar = TrainingProgress(
      epoch: trainer.epoch, of: settings.epochs, stepsPerEpoch: loader.stepsPerEpoch, from: trainer.batchesDone)
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
    var hasCheckedClasses = resumes
    hooks.evaluate = { weights in
      if !hasCheckedClasses { try self.checkClasses(loader.skipped, log: log) }
      hasCheckedClasses = true
      let result = try judge(form.plan(weights))
      latest = result
      return result.score
    }
    hooks.keep = { weights, isBest in
      try form.keep(weights, isBest: isBest)
      if isBest { best = latest }
    }
    let ending = try trainer.run(hooks)
    var skipped = loader.skipped
    for video in latest?.skipped.videos ?? [] { skipped.add(video) }
    for video in skipped.videos { log("skipped: \(video.reason)") }
    let damaged = loader.damaged.warnings + (latest?.damaged.warnings ?? [])
    for warning in damaged { log("warning: \(warning)") }
    // Who interrupts does not want to wait for a validation.
    guard ending != .interrupted else {
      return Result(ending: ending, best: nil, history: history, skipped: skipped.videos, warnings: warnings + damaged)
    }
    let keepsStart = trainer.bestEpoch == -1
    if keepsStart { log("no epoch did better than what training began with, which is kept as the best") }
    // After a resumed run the best weights may be an earlier one's.
    let result = try best ?? judge(form.bestPlan() ?? form.plan(trainer.evaluatedWeights))
    for video in result.skipped.videos { skipped.add(video) }
    let report = TrainingReport(
      model: FileSystem.name(of: output), classes: split.training.classes, history: history,
      confusion: result.confusion, keepsStart: keepsStart, skipped: skipped, warnings: warnings + damaged,
      settings: TrainingReport.settings(settings, augmentation, recipe, split, precision: precision))
    var origin = origin
    origin.threads = origin.threads ?? settings.threads
    try AtomicFile.write(to: "\(folder)/report.html") { [origin] in
      try $0.append(Array(report.html(origin: origin).utf8))
    }
    return Result(
      ending: ending, best: result, history: history, skipped: skipped.videos, warnings: warnings + damaged)
  }

  /// What is odd about the videos, and about how they are varied, a sentence each.
  public var warnings: [String] {
    split.training.warnings + split.validation.warnings
      + (augmentation.flips ? [MirroredClasses.warning(for: split.training.classes)].compactMap { $0 } : [])
  }

  /// Warns of classes none of whose videos could be decoded.
  ///
  /// - Throws: ``DataSetError/undecodableClasses(name:classes:example:)`` if fewer than two classes are left.
  private func checkClasses(_ skipped: SkippedVideos, log: (String) -> Void) throws {
    let bad = Set(skipped.videos.map(\.path))
    let all = Set(split.training.samples.map(\.label))
    let learned = Set(split.training.samples.filter { !bad.contains($0.path) }.map(\.label))
    let lost = all.subtracting(learned).sorted().map { split.training.classes[$0] }
    guard let example = skipped.videos.first?.reason, !lost.isEmpty else { return }
    guard learned.count > 1 else {
      throw DataSetError.undecodableClasses(name: split.training.name, classes: lost, example: example)
    }
    log("warning: no video can be decoded of \(lost.map { "\"\($0.printable)\"" }.joined(separator: ", "))")
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

  /// Removes what a run that was killed was about to write.
  private func removeUnfinishedFiles() {
    for folder in [output, "\(output)/last", "\(output)/training"] {
      let names = (try? FileSystem.names(in: folder)) ?? []
      for name in names where name.hasSuffix(AtomicFile.temporarySuffix) {
        try? FileSystem.delete("\(folder)/\(name)")
      }
    }
  }

  /// What is trained.
  private func form(
    resumes: Bool, judge: (Plan) throws -> Evaluation.Result, interruption: @escaping () throws -> Void,
    progress: @escaping (String) -> Void, log: (String) -> Void
  ) throws -> any TrainedForm {
    guard precision == .int8 else {
      return FloatForm(
        network, weights: try network.firstWeights(seed: settings.seed), recipe: recipe, output: output)
    }
    // Ranges are learned once: a run that is resumed goes on with those that it began with.
    let path = IntegerForm.start(in: output)
    if resumes { return try IntegerForm(Model(contentsOf: path), recipe: recipe, output: output) }
    let (start, weights) = try quantized(interruption: interruption, progress: progress, log: log)
    for path in [path, IntegerForm.best(in: output)] { try start.write(to: path) }
    var form = try IntegerForm(start, weights: weights, recipe: recipe, output: output)
    let score = try judge(form.startPlan()).score
    form.startScore = score
    log(
      "in int8 before training: validation: loss \(score.loss.fixed(3)), accuracy \((score.accuracy * 100).fixed(1)) %")
    return form
  }

  /// The model in integers as `deploy` makes it, by clips of the training set, and the weights that training begins with.
  private func quantized(
    interruption: @escaping () throws -> Void, progress: @escaping (String) -> Void, log: (String) -> Void
  ) throws -> (Model, weights: [String: Tensor]) {
    let trained = network.trained(
      name: FileSystem.name(of: output), weights: model.weights, source: "\(model.name), trained in int8")
    try trained.check()
    let clips = try Calibration.clips(of: split.training, recipe: recipe, count: Self.calibrationClips) {
      progress("reading \($0)")
    }
    let quantized = try trained.deployed(for: target, quantizedBy: Quantizer(), clips: clips) {
      try interruption()
      progress("\($0.stage): clip \($0.done + 1) of \($0.total)")
    }
    for line in quantized.report.headline { log(line) }
    return (quantized.model, weights: try quantized.weightsToTrain())
  }

  private static func line(_ epoch: TrainingEpoch, of count: Int) -> String {
    let validation = epoch.validation.map {
      ", validation: loss \($0.loss.fixed(3)), accuracy \(($0.accuracy * 100).fixed(1)) %"
    }
    return "epoch \(epoch.epoch + 1) of \(count): loss \(epoch.training.loss.fixed(3)), "
      + "accuracy \((epoch.training.accuracy * 100).fixed(1)) %\(validation ?? ""), \(epoch.seconds.fixed(0)) s"
  }
}
