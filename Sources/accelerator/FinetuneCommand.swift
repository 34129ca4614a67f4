import ArgumentParser
import Foundation
import VideoAccelerator

/// `accelerator finetune`.
struct Finetune: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains a model on your own videos: a folder with a folder for each class, or a list.",
    discussion: """
      Examples:
        accelerator finetune --model x3d_xs --data videos/ --output mine
        accelerator finetune --model x3d_xs --checkpoint X3D_XS.pyth --data train.csv --validation val.csv --output mine
        accelerator finetune --model x3d_xs --random-weights 1 --data digits/ --lr 0.004 --epochs 30 --output digits
        accelerator finetune --model x3d_xs --data videos/ --output mine --resume
        accelerator finetune --model mine --data videos/ --precision int8 --output mine8
        accelerator classify clip.mp4 --model mine8/model.accel

      DATA may also hold folders train and val, or be a list as for Kinetics (path label) or UCF101. The output is a model's
      folder with the best weights; training/ in it has checkpoint, logs (TensorBoard's too) and a report. Ctrl-C ends after
      the step and saves; --resume goes on as if nothing had happened.

      With --precision int8 a model that was trained on these classes is quantised as by 'deploy' (calibrated by 32 of the
      videos) and trained on in the arithmetic of its integers. The output is model.accel, which computes what training saw;
      training/start.accel is the model before that, and what model.accel is too if no epoch does better.
      """)

  /// What of the network is trained.
  enum Freezing: String, ExpressibleByArgument, CaseIterable {
    case none, backbone
  }

  /// The rules by which weights move.
  enum Rule: String, ExpressibleByArgument, CaseIterable {
    case adamw, sgd
  }

  @OptionGroup var modelOptions: ModelOptions

  @Option(help: ArgumentHelp("The videos to learn from.", valueName: "path"), completion: .file())
  var data: String

  @Option(
    help: ArgumentHelp("Videos to validate with; else val/ in DATA, or a fifth of each class.", valueName: "path"),
    completion: .file())
  var validation: String?

  @Option(help: ArgumentHelp("Where the trained model goes.", valueName: "folder"), completion: .directory)
  var output: String

  @Option(help: "What the trained model computes in: fp32 or int8.")
  var precision = Precision.fp32

  @Option(
    help: ArgumentHelp(
      "For int8: the target device, \(TargetDevices.names.joined(separator: ", ")); this machine's if not given.",
      valueName: "device"), completion: .list(TargetDevices.names))
  var target: String?

  @Option(help: ArgumentHelp("How often all videos are learned from; 20, or 3 in int8.", valueName: "n"))
  var epochs: Int?

  @Option(help: ArgumentHelp("Clips in a batch.", valueName: "n"))
  var batchSize = 8

  @Option(help: ArgumentHelp("Batches whose gradients are averaged for a step.", valueName: "n"))
  var accumulate = 1

  @Option(help: "How weights move.")
  var optimizer = Rule.adamw

  @Option(
    help: ArgumentHelp(
      "The highest learning rate; 0.001 for adamw, 0.05 for sgd, a tenth of that in int8.", valueName: "rate"))
  var lr: Double?

  @Option(help: ArgumentHelp("The share of all steps in which the learning rate rises.", valueName: "share"))
  var warmUp = 0.05

  @Option(help: ArgumentHelp("How much of the weights goes away; 0.05 for adamw, 0.00005 for sgd.", valueName: "rate"))
  var weightDecay: Float?

  @Option(help: ArgumentHelp("How much of a target the other classes get.", valueName: "share"))
  var labelSmoothing: Float = 0.1

  @Option(help: ArgumentHelp("Blend clips of a batch, by how much (Beta distribution); 0: not.", valueName: "alpha"))
  var mixup = 0.0

  @Flag(help: "Do not mirror clips: direction is what classes differ in.")
  var noFlip = false

  @Flag(help: "Do not move or scale crops: where things happen in the picture is what classes differ in.")
  var centerCrop = false

  @Option(help: "What stays as it is: none of the network, or all but its last block.")
  var freeze = Freezing.none

  @Option(help: ArgumentHelp("With --freeze backbone: unfreeze after so many epochs.", valueName: "n"))
  var unfreezeAfter: Int?

  @Option(help: ArgumentHelp("Keep an average of the weights, of which a step keeps so much.", valueName: "share"))
  var ema: Double?

  @Option(help: ArgumentHelp("End after so many epochs without a better validation.", valueName: "n"))
  var patience: Int?

  @Option(help: ArgumentHelp("Side of the clips in pixels, instead of the model's own.", valueName: "pixels"))
  var cropSize: Int?

  @Option(
    help: ArgumentHelp(
      "Frames of the video, at 30 a second, for each of a clip's, instead of the model's own.", valueName: "n"))
  var samplingRate: Int?

  @Option(help: ArgumentHelp("What everything random follows from.", valueName: "seed"))
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("How many threads train.", valueName: "n"))
  var threads = ProcessInfo.processInfo.activeProcessorCount

  @Option(help: ArgumentHelp("How many threads decode, ahead of training.", valueName: "n"))
  var loaderThreads = 2

  @Option(help: ArgumentHelp("Keep decoded frames in so much memory, for small data sets.", valueName: "MB"))
  var cacheMb = 0

  @Flag(help: "Compute activations twice in each step: a quarter of the memory, a third more time.")
  var recomputeActivations = false

  @Flag(help: "Go on with the run that was interrupted in OUTPUT.")
  var resume = false

  @Option(help: "How to print the result.")
  var format = OutputFormat.text

  func validate() throws {
    for (name, value) in [
      ("epochs", epochs ?? 1), ("batch-size", batchSize), ("accumulate", accumulate), ("threads", threads),
      ("loader-threads", loaderThreads), ("patience", patience ?? 1), ("crop-size", cropSize ?? 1),
      ("sampling-rate", samplingRate ?? 1),
    ] where value < 1 { throw ValidationError("--\(name) must be 1 or more.") }
    if let lr, !(lr > 0 && lr.isFinite) { throw ValidationError("--lr must be a positive number.") }
    if !(0..<1).contains(labelSmoothing) {
      throw ValidationError("--label-smoothing must be 0 or more, and less than 1.")
    }
    if !(0...1).contains(warmUp) { throw ValidationError("--warm-up must be 0 to 1.") }
    if let ema, !(0..<1).contains(ema) { throw ValidationError("--ema must be 0 or more, and less than 1.") }
    if cacheMb < 0 || mixup < 0 || weightDecay ?? 0 < 0 || unfreezeAfter ?? 0 < 0 {
      throw ValidationError("--cache-mb, --mixup, --weight-decay and --unfreeze-after must be 0 or more.")
    }
    if precision == .fp16 { throw ValidationError("--precision must be fp32 or int8: 'deploy' makes fp16 of fp32.") }
    if target != nil, precision != .int8 { throw ValidationError("--target goes with --precision int8.") }
    if unfreezeAfter != nil, freeze == .none { throw ValidationError("--unfreeze-after goes with --freeze backbone.") }
  }

  func run() throws {
    let checkpoint = FineTuning.checkpoint(in: output)
    let hasRun = FileSystem.exists(checkpoint)
    if resume, !hasRun {
      throw ModelRequestError.request("there is no run to resume in \(output): leave out --resume")
    }
    if !resume, hasRun {
      throw ModelRequestError.request("\(output) holds a run: go on with --resume, or give another folder")
    }
    let model = try modelOptions.load()
    let split = try DataSplit(at: data, validation: validation)
    let tuning = try FineTuning(
      model, split, settings: settings, augmentation: augmentation, recipe: recipe(of: model), output: output,
      loaderThreads: loaderThreads, cacheBytes: cacheMb << 20, precision: precision,
      target: TargetDevices.named(target ?? "host"))
    Terminal.log(
      "\(split.training.samples.count) videos of \(split.training.classes.count) classes to learn from, "
        + "\(split.validation.samples.count) to validate with")
    Interruption.watch()
    let result = try tuning.run(
      resumes: resume, shouldStop: { Interruption.isAskedFor }, progress: { Terminal.progress($0) },
      log: {
        Terminal.endProgress()
        Terminal.log($0)
      })
    Terminal.endProgress()
    if result.ending == .interrupted { Terminal.log("interrupted: go on with --resume") }
    let trained = precision == .int8 ? "\(output)/model.accel" : output
    switch format {
    case .json:
      var object: JSONObject = [
        "model": .string(trained), "ending": .string("\(result.ending)"), "steps": JSON(result.history.steps.count),
      ]
      if let best = result.best { object["validation"] = best.score.json }
      print(JSON.object(object).text(pretty: true))
    case .text:
      if let best = result.best { print("\(trained): \(best.score.text) on \(best.confusion.total) videos") }
    }
  }

  private var settings: TrainingSettings {
    var settings = TrainingSettings()
    // In int8 the model is trained already, and only gets used to its rounding.
    let isInteger = precision == .int8
    let epochs = epochs ?? (isInteger ? 3 : 20)
    settings.epochs = epochs
    settings.batchSize = batchSize
    settings.accumulation = accumulate
    switch optimizer {
    case .adamw:
      settings.method = .adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
      settings.weightDecay = weightDecay ?? 0.05
    case .sgd:
      settings.method = .sgd(momentum: 0.9, isNesterov: true)
      settings.weightDecay = weightDecay ?? 5e-5
    }
    let rate = (optimizer == .adamw ? 0.001 : 0.05) * (isInteger ? 0.1 : 1)
    settings.learningRate = LearningRate(peak: lr ?? rate, warmUp: warmUp)
    settings.labelSmoothing = labelSmoothing
    settings.averageDecay = ema
    settings.frozenEpochs = freeze == .backbone ? unfreezeAfter ?? epochs : 0
    settings.patience = patience
    settings.seed = seed
    settings.threads = threads
    settings.recomputesActivations = recomputeActivations
    return settings
  }

  private var augmentation: Augmentation {
    var augmentation = Augmentation()
    augmentation.flips = !noFlip
    augmentation.mixup = mixup
    if centerCrop {
      augmentation.cropsAnywhere = false
      augmentation.scale = nil
    }
    return augmentation
  }

  private func recipe(of model: ZooModel) throws -> ClipRecipe? {
    if cropSize == nil, samplingRate == nil { return nil }
    let own = model.recipe
    let cropSize = cropSize ?? own.cropSize
    return try ClipRecipe(
      frameCount: own.frameCount, samplingRate: samplingRate ?? own.samplingRate,
      shortSide: max(own.shortSide * cropSize / own.cropSize, cropSize), cropSize: cropSize, mean: own.mean,
      standardDeviation: own.standardDeviation, framesPerSecond: own.framesPerSecond)
  }
}

extension ModelScore {
  var json: JSON {
    var object: JSONObject = ["loss": .rounded(loss, 4), "top1": .rounded(accuracy, 4)]
    if let top5Accuracy { object["top5"] = .rounded(top5Accuracy, 4) }
    return .object(object)
  }

  /// As in "top-1 93.1 %, top-5 99.0 %, loss 0.312".
  var text: String {
    let five = top5Accuracy.map { ", top-5 \(($0 * 100).fixed(1)) %" } ?? ""
    return "top-1 \((accuracy * 100).fixed(1)) %\(five), loss \(loss.fixed(3))"
  }
}
