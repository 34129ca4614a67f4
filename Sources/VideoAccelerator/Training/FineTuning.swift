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

/// Trains a model for other classes: reads a folder of videos, and writes a zoo folder. In int8, it quantizes a trained
/// model and trains it further to recover accuracy.
///
/// The output folder is a zoo folder with the best weights. Its folder `last` is one with the latest weights;
/// `training` contains the checkpoint, the logs (`log.jsonl`, and TensorBoard's event files) and a page, `report.html`.
/// A model that no registered architecture builds is written as `model.accel` instead of a zoo folder's files. In int8
/// the best weights are in `model.accel`, the latest ones in `last.accel`, and `training/start.accel` is the quantized
/// model before training, which is also the best one until an epoch improves on it.
///
/// Several processes, on one machine or many, can share a run (``/Training/RankGroup``): each trains on its part of every
/// batch, and validates on its part of the videos. Only rank 0 reads and writes the output folder, and logs.
public struct FineTuning: Sendable {
  /// The result of a run.
  public struct Result: Sendable {
    /// How the run ended.
    public let ending: Trainer.Ending
    /// The validation result of the best weights; nil if the run was interrupted.
    public let best: Evaluation.Result?
    /// The steps and epochs.
    public let history: TrainingHistory
    /// The training and validation videos that could not be decoded.
    public let skipped: [SkippedVideos.Video]
    /// Warnings about the videos, including those that are damaged but used; a sentence each.
    public let warnings: [String]
  }

  let model: Model
  private let network: TrainedNetwork
  let split: DataSplit
  let settings: TrainingSettings
  private let augmentation: Augmentation
  private let inputs: ClipInputs
  private let output: String
  private let loaderThreads: Int
  private let cacheBytes: Int
  private let precision: Precision
  private let target: any TargetDevice
  let ranks: (any RankGroup)?
  /// The number of clips to calibrate with, in int8.
  private static let calibrationClips = 32

  /// Creates a run.
  ///
  /// - Parameters:
  ///   - model: The model to start from. Its last layer is replaced, unless its classes are those of the videos.
  ///   - split: The training and the validation videos.
  ///   - settings: The settings of the training.
  ///   - augmentation: The augmentation of the training clips.
  ///   - recipe: How clips are made, in training and afterwards; nil for the model's own recipe.
  ///   - output: The folder for the results.
  ///   - loaderThreads: The number of threads that decode.
  ///   - cacheBytes: The size of the cache of decoded frames in bytes.
  ///   - precision: The precision of the trained model: `fp32`, or `int8`, for which the model must already be trained
  ///     for the classes of the videos.
  ///   - target: The target device, in int8.
  ///   - head: The path of the layer that is replaced, or of one of its parameters; nil for the last one with weights. For
  ///     networks that are not of a registered architecture.
  ///   - ranks: The ranks that share the run, all of which create it at the same time; nil for this process alone.
  /// - Throws: `GraphError` or `ArchitectureError` if the network cannot have as many classes, or does not take the
  ///   clips; `ModelRequestError` if the model cannot be trained in that precision; `ModelError` if it has no recipe;
  ///   ``/Training/RankError/differs(rank:differences:)`` if a rank has other settings or files than rank 0.
  public init(
    _ model: Model, _ split: DataSplit, settings: TrainingSettings, augmentation: Augmentation,
    recipe: ClipRecipe? = nil, output: String, loaderThreads: Int = 1, cacheBytes: Int = 0,
    precision: Precision = .fp32, target: any TargetDevice = HostCPU(), head: String? = nil,
    ranks: (any RankGroup)? = nil
  ) throws {
    self.model = model
    self.precision = precision
    self.target = target
    self.ranks = ranks
    self.split = split
    self.augmentation = augmentation
    inputs =
      if let recipe {
        try model.clipInputs?.made(of: recipe) ?? ClipInputs(recipe)
      } else {
        try model.requiredClipInputs()
      }
    self.output = output
    self.loaderThreads = loaderThreads
    self.cacheBytes = cacheBytes
    network = try TrainedNetwork(
      model, classes: split.training.classes, inputs: inputs, precision: precision, head: head)
    var settings = settings
    settings.data =
      "\(split.training.name), \(split.training.samples.count) videos of \(split.training.classes.count) classes; "
      + "\(augmentation); \(inputs.clip)" + (precision == .int8 ? "; int8" : "")
    self.settings = settings
    try requireSameOnAllRanks(head: head)
  }

  /// A line that names the layer that is replaced; nil if the model's classes are those of the videos.
  public var headLine: String? { try? network.headLine() }

  /// Returns the path of the file with a run's training and validation videos, for `DataSplit.init(savedAt:root:)`.
  public static func split(in output: String) -> String { "\(output)/training/split.json" }

  /// Returns the path of the checkpoint that a run resumes from.
  public static func checkpoint(in output: String) -> String { "\(output)/training/checkpoint.safetensors" }

  /// Trains.
  ///
  /// - Parameters:
  ///   - resumes: Whether to continue the run in the output folder.
  ///   - origin: How the run was made, for the footer of its page.
  ///   - shouldStop: Called after each step; returns whether to interrupt the run after saving a checkpoint.
  ///   - progress: Called with a line that describes the progress.
  ///   - log: Called with a line for each epoch and each notice.
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
  /// - Parameter interruption: Called repeatedly during work of which nothing is saved; an error that it throws ends
  ///   the run.
  func run(
    resumes: Bool, origin: PageOrigin, shouldStop: @escaping () -> Bool, interruption: @escaping () throws -> Void,
    progress: @escaping (String) -> Void, log: @escaping (String) -> Void
  ) throws -> Result {
    let folder = "\(output)/training"
    let (log, progress) = leads ? (log, progress) : ({ _ in }, { _ in })
    if leads {
      try FileSystem.makeFolder(folder)
      removeUnfinishedFiles()
      let splitPath = Self.split(in: output)
      if !resumes || !FileSystem.exists(splitPath) { try split.write(to: splitPath) }
    }
    for skipped in [split.training.skippedFiles, split.validation.skippedFiles] { skipped.summary.map(log) }
    let loader = try loader()
    let givesProbabilities = network.graph.finalSoftmax != nil
    let judge = { (plan: Plan, ranks: (any RankGroup)?) in
      try Evaluation(split.validation, inputs: inputs, threads: settings.threads, ranks: ranks).run(
        plan, givesProbabilities: givesProbabilities
      ) {
        try interruption()
        progress("validation: video \($0) of \($1)")
      }
    }
    let form = try form(
      resumes: resumes, judge: { try judge($0, ranks) }, interruption: interruption, progress: progress, log: log)
    let trainer = try Trainer(
      form.network, weights: form.weights, inputs: inputs, startScore: form.startScore, settings: settings,
      source: loader, checkpoint: Self.checkpoint(in: output), resumes: resumes, ranks: ranks)
    if !trainer.differences.isEmpty {
      log("Options differ from the checkpoint: \(trainer.differences.joined(separator: ", "))")
    }
    let resumed = resumes ? trainer.step : nil
    if let resumed { log("resuming after \(resumed) steps, in epoch \(trainer.epoch + 1)") }
    let lines = leads ? try JSONLinesLog(path: "\(folder)/log.jsonl", resumingAfter: resumed) : nil
    let board = leads ? try TensorBoardLog(folder: "\(folder)/tensorboard", resumingAfter: resumed) : nil
    var history = TrainingHistory(resumes && leads ? try JSONLinesLog.events(path: "\(folder)/log.jsonl") : [])
    var bar = TrainingProgress(
      epoch: trainer.epoch, of: settings.epochs, stepsPerEpoch: loader.stepsPerEpoch, from: trainer.batchesDone)
    var began = ContinuousClock.now
    var latest: Evaluation.Result?
    var best: Evaluation.Result?
    var hooks = Trainer.Hooks()
    hooks.shouldStop = shouldStop
    hooks.log = { event in
      history.add(event)
      try lines?.write(event)
      try board?.write(event)
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
      if !hasCheckedClasses { try self.checkClasses(self.problems(of: loader).skipped, log: log) }
      hasCheckedClasses = true
      let result = try judge(form.plan(weights), ranks)
      latest = result
      return result.score
    }
    hooks.keep = { weights, isBest in
      try form.keep(weights, isBest: isBest)
      if isBest { best = latest }
    }
    let ending = try trainer.run(hooks)
    var (skipped, damagedInTraining) = try problems(of: loader)
    for video in latest?.skipped.videos ?? [] { skipped.add(video) }
    for video in skipped.videos { log("skipped: \(video.reason)") }
    let damaged = damagedInTraining.warnings + (latest?.damaged.warnings ?? [])
    for warning in damaged { log("warning: \(warning)") }
    // An interrupted run must end soon, without another validation.
    guard ending != .interrupted, leads else {
      return Result(ending: ending, best: nil, history: history, skipped: skipped.videos, warnings: warnings + damaged)
    }
    let keepsStart = trainer.bestEpoch == -1
    if keepsStart { log("no epoch did better than what training began with, which is kept as the best") }
    // After a resumed run, the best weights may be those of an earlier run.
    let result = try best ?? judge(form.bestPlan() ?? form.plan(trainer.evaluatedWeights), nil)
    for video in result.skipped.videos { skipped.add(video) }
    let report = TrainingReport(
      model: FileSystem.name(of: output), classes: split.training.classes, history: history,
      confusion: result.confusion, keepsStart: keepsStart, skipped: skipped, warnings: warnings + damaged,
      settings: TrainingReport.settings(settings, augmentation, inputs.clip, split, precision: precision))
    var origin = origin
    origin.threads = origin.threads ?? settings.threads
    try AtomicFile.write(to: "\(folder)/report.html") { [origin] in
      try $0.append(Array(report.html(origin: origin).utf8))
    }
    return Result(
      ending: ending, best: result, history: history, skipped: skipped.videos, warnings: warnings + damaged)
  }

  /// Warnings about the videos and their augmentation; a sentence each.
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
    options.place = ranks?.place ?? .alone
    // A partial batch is kept only if there is no full one.
    options.keepsPartialBatch = split.training.samples.count < settings.batchSize
    return try BatchLoader(split.training, recipe: inputs.clip, augmentation: augmentation, options: options)
  }

  /// Removes the temporary files of a run that was killed.
  private func removeUnfinishedFiles() {
    for folder in [output, "\(output)/last", "\(output)/training"] {
      let names = (try? FileSystem.names(in: folder)) ?? []
      for name in names where name.hasSuffix(AtomicFile.temporarySuffix) {
        try? FileSystem.delete("\(folder)/\(name)")
      }
    }
  }

  /// Returns the form of the network to train.
  private func form(
    resumes: Bool, judge: (Plan) throws -> Evaluation.Result, interruption: @escaping () throws -> Void,
    progress: @escaping (String) -> Void, log: (String) -> Void
  ) throws -> any TrainedForm {
    guard precision == .int8 else {
      return FloatForm(
        network, weights: try network.firstWeights(seed: settings.seed), inputs: inputs, output: output)
    }
    // The model is calibrated once: a resumed run keeps its ranges, and other ranks take those of rank 0.
    let path = IntegerForm.start(in: output)
    var quantized: (model: Model, weights: [String: Tensor])?
    if !resumes, leads {
      let start = try self.quantized(interruption: interruption, progress: progress, log: log)
      for path in [path, IntegerForm.best(in: output)] { try start.model.write(to: path) }
      quantized = start
    }
    if let ranks {
      let bytes = try ranks.broadcast(leads ? MappedFile.contents(ofFile: path) : [])
      if !leads { quantized = (try Model(MappedFile(path: path, copying: bytes)), [:]) }
    }
    guard let quantized else { return try IntegerForm(Model(contentsOf: path), inputs: inputs, output: output) }
    // Rank 0's trainer has the weights that the others begin with.
    var form = try IntegerForm(
      quantized.model, weights: leads ? quantized.weights : nil, inputs: inputs, output: output)
    if resumes { return form }
    let score = try judge(form.startPlan()).score
    form.startScore = score
    log(
      "in int8 before training: validation: loss \(score.loss.fixed(3)), accuracy \((score.accuracy * 100).fixed(1)) %")
    return form
  }

  /// Returns the model in int8 as `deploy` makes it, calibrated on clips of the training set, and the initial weights
  /// of the training.
  private func quantized(
    interruption: @escaping () throws -> Void, progress: @escaping (String) -> Void, log: (String) -> Void
  ) throws -> (model: Model, weights: [String: Tensor]) {
    let trained = network.trained(
      name: FileSystem.name(of: output), weights: model.weights, source: "\(model.name), trained in int8")
    try trained.check()
    let clips = try Calibration.clips(of: split.training, inputs: inputs, count: Self.calibrationClips) {
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
