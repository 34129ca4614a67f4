import Tensors
import MessagePassing
import Passes
import Zoo
import Training
import ArgumentParser
import Foundation
import VideoAccelerator

/// `accelerator finetune`.
struct Finetune: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a model on your own videos: a folder with a folder per class, or a list.",
    discussion: """
      EXAMPLES:
        accelerator finetune --model x3d_xs --data videos/ --output mine
        accelerator finetune --model x3d_xs --checkpoint X3D_XS.pyth \\
          --data train.csv --validation val.csv --output mine
        accelerator finetune --model x3d_xs --random-weights 1 --lr 0.004 \\
          --epochs 30 --data digits/ --output digits
        accelerator finetune --output mine --resume
        accelerator finetune --output mine --resume --epochs 30
        accelerator finetune --model mine --data videos/ --precision int8 \\
          --output mine8
        accelerator classify clip.mp4 --model mine8/model.accel
        mpirun -n 4 --host one:2,two:2 --bind-to none accelerator finetune \\
          --model x3d_s --data /shared/videos --output mine --batch-size 32

      DATA is a folder with a folder per class, one with such folders 'train'
      and 'val', or a list: CSV with the columns path and label, 'path label'
      as for Kinetics, or UCF101's. Without videos to validate with, a fifth of
      each class is held out; which videos is kept in OUTPUT/training/split.json
      and used by 'evaluate'. Files that are not used are counted.

      OUTPUT is a model folder with the best weights; training/ in it has the
      checkpoint, logs (TensorBoard's too) and a report. Ctrl-C ends after the
      step and saves (exit code 130). --resume continues with the options of
      the run; more epochs or another batch size may be given.

      With --precision int8 a model that was trained on these classes is
      quantized as by 'deploy' (calibrated on 32 of the videos) and trained
      further in its integer arithmetic. The output is model.accel, which
      computes what training saw.

      mpirun trains on several processes and machines, if the package was
      built with its trait MPI. Each of them has a part of every batch, of
      --batch-size clips in all, so that the result is that of one process
      but for rounding. All need the model and the videos under the same
      paths; only rank 0 reads and writes OUTPUT. When one is lost, all end,
      and --resume continues from the checkpoint, with any number of them.

      Exit codes: 0 done, 1 training diverged, 2 wrong usage or bad input,
      3 done, but some videos could not be decoded, 130 interrupted and saved.
      """)

  /// The part of the network that is not trained at first.
  enum Freezing: String, ExpressibleByArgument, CaseIterable {
    case none, backbone
  }

  /// The optimizers.
  enum Rule: String, ExpressibleByArgument, CaseIterable {
    case adamw, sgd
  }

  @OptionGroup var modelOptions: ModelOptions

  @Option(help: ArgumentHelp("Training videos.", valueName: "path"), completion: .file())
  var data: String?

  @Option(
    help: ArgumentHelp(
      "Validation videos. (default: 'val' in DATA, else a fifth of each class)", valueName: "path"),
    completion: .file())
  var validation: String?

  @Option(help: ArgumentHelp("Output folder for the trained model.", valueName: "folder"), completion: .directory)
  var output: String

  @Option(help: "Precision of the trained model, fp32 or int8. (default: fp32)")
  var precision: Precision?

  @Option(
    help: ArgumentHelp(
      "For int8: the target device, \(TargetDevices.names.joined(separator: ", ")). (default: this machine's)",
      valueName: "device"), completion: .list(TargetDevices.names))
  var target: String?

  @Option(help: ArgumentHelp("Number of epochs. (default: 20; 3 in int8)", valueName: "n"))
  var epochs: Int?

  @Option(help: ArgumentHelp("Clips per batch. (default: 8)", valueName: "n"))
  var batchSize: Int?

  @Option(help: ArgumentHelp("Batches whose gradients are accumulated for a step. (default: 1)", valueName: "n"))
  var accumulate: Int?

  @Option(help: "Optimizer, adamw or sgd. (default: adamw)")
  var optimizer: Rule?

  @Option(
    help: ArgumentHelp(
      "Peak learning rate. (default: 0.001 for adamw, 0.05 for sgd, a tenth of that in int8)", valueName: "rate"))
  var lr: Double?

  @Option(help: ArgumentHelp("Share of the steps for warm-up. (default: 0.05)", valueName: "share"))
  var warmUp: Double?

  @Option(help: ArgumentHelp("Weight decay. (default: 0.05 for adamw, 0.00005 for sgd)", valueName: "rate"))
  var weightDecay: Float?

  @Option(help: ArgumentHelp("Label smoothing. (default: 0.1)", valueName: "share"))
  var labelSmoothing: Float?

  @Option(help: ArgumentHelp("Mixup's alpha; 0 turns it off. (default: 0)", valueName: "alpha"))
  var mixup: Double?

  @Flag(help: "Do not flip clips: for classes that differ in direction.")
  var noFlip = false

  @Flag(help: "Do not move or scale crops: for classes that differ in position.")
  var centerCrop = false

  @Option(
    help: ArgumentHelp(
      "For an ONNX file: the layer that is replaced, by its path or its weights' name. (default: the last one)",
      valueName: "node"))
  var head: String?

  @Option(help: "Freeze none of the network, or its backbone: all but the last block. (default: none)")
  var freeze: Freezing?

  @Option(help: ArgumentHelp("With --freeze backbone: unfreeze after this many epochs.", valueName: "n"))
  var unfreezeAfter: Int?

  @Option(
    help: ArgumentHelp("Decay of an exponential moving average of the weights, such as 0.999.", valueName: "decay"))
  var ema: Double?

  @Option(help: ArgumentHelp("Stop after this many epochs without a better validation.", valueName: "n"))
  var patience: Int?

  @Option(help: ArgumentHelp("Side of the clips in pixels. (default: the model's)", valueName: "pixels"))
  var cropSize: Int?

  @Option(
    help: ArgumentHelp(
      "Sampling rate: video frames, at 30 per second, per frame of a clip. (default: the model's)", valueName: "n"))
  var samplingRate: Int?

  @Option(help: ArgumentHelp("Random seed. (default: 0)", valueName: "seed"))
  var seed: UInt64?

  @Option(help: ArgumentHelp("Number of training threads. (default: all cores)", valueName: "n"))
  var threads: Int?

  @Option(help: ArgumentHelp("Number of decoding threads. (default: 2)", valueName: "n"))
  var loaderThreads: Int?

  @Option(help: ArgumentHelp("Memory for decoded frames, for small data sets. (default: 0)", valueName: "MB"))
  var cacheMb: Int?

  @Flag(help: "Compute activations twice in each step: a quarter of the memory, a third more time.")
  var recomputeActivations = false

  @Option(
    help: ArgumentHelp(
      "With mpirun: seconds without a sign of life after which a process counts as lost. (default: 300)",
      valueName: "seconds"))
  var rankTimeout: Int?

  @Flag(help: "Continue the run in OUTPUT, with its options.")
  var resume = false

  @Option(help: "Output format.")
  var format = OutputFormat.text

  func validate() throws {
    for (option, value, range) in [
      ("--epochs", epochs, NumberRange.counts), ("--batch-size", batchSize, NumberRange.batch),
      ("--accumulate", accumulate, NumberRange.counts), ("--patience", patience, NumberRange.counts),
      ("--crop-size", cropSize, NumberRange.side), ("--sampling-rate", samplingRate, NumberRange.counts),
      ("--unfreeze-after", unfreezeAfter, 0...NumberRange.counts.upperBound), ("--cache-mb", cacheMb, 0...1 << 24),
      ("--rank-timeout", rankTimeout, NumberRange.counts),
    ] { try NumberRange.check(value, range, option: option) }
    if let threads { try ThreadCount.check(threads) }
    if let loaderThreads { try ThreadCount.check(loaderThreads, option: "--loader-threads") }
    if let lr, !(lr > 0 && lr.isFinite) { throw ValidationError("--lr must be a positive number.") }
    if let labelSmoothing, !(0..<1).contains(labelSmoothing) {
      throw ValidationError("--label-smoothing must be 0 or more, and less than 1.")
    }
    if let warmUp, !(0...1).contains(warmUp) { throw ValidationError("--warm-up must be 0 to 1.") }
    if let ema, !(0..<1).contains(ema) { throw ValidationError("--ema must be 0 or more, and less than 1.") }
    for (name, value) in [("mixup", mixup), ("weight-decay", weightDecay.map(Double.init))] {
      if let value, !(value >= 0 && value.isFinite) { throw ValidationError("--\(name) must be 0 or more.") }
    }
    // The other options of a resumed run are in its folder.
    if resume { return }
    if data == nil { throw ValidationError("--data <path> is missing: the training videos.") }
    try checkCombination()
  }

  private func checkCombination() throws {
    if precision == .fp16 { throw ValidationError("--precision must be fp32 or int8: 'deploy' makes fp16 of fp32.") }
    if target != nil, precision != .int8 { throw ValidationError("--target goes with --precision int8.") }
    if unfreezeAfter != nil, freeze != .backbone {
      throw ValidationError("--unfreeze-after goes with --freeze backbone.")
    }
  }

  func run() throws {
    guard let ranks = try LaunchedRanks.join(timeout: Double(rankTimeout ?? 300)) else { return try run(nil) }
    try runAndLeave(ranks)
  }

  /// Trains, together with other ranks if there are some.
  func run(_ ranks: (any LaunchedGroup)?) throws {
    let leads = ranks?.place.leads ?? true
    // The folder is rank 0's.
    let hasRun = leads ? FileSystem.exists(FineTuning.checkpoint(in: output)) : resume
    if resume, !hasRun {
      throw ModelRequestError.request("there is no run to resume in \(output.printable): leave out --resume")
    }
    if !resume, hasRun {
      throw ModelRequestError.request(
        "\(output.printable) already contains a training run: use --resume, or another --output")
    }
    let command = resume ? try FinetuneOptions.resumed(self, in: output, ranks: ranks) : self
    if resume { try command.checkCombination() }
    try command.withDefaults().train(ranks, leads: leads)
  }

  private func train(_ ranks: (any LaunchedGroup)?, leads: Bool) throws {
    let model = try modelOptions.loadOriginal()
    try checkOutputFolder()
    let split = try self.split(ranks)
    let precision = precision ?? .fp32
    let tuning = try FineTuning(
      model, split, settings: settings, augmentation: augmentation, recipe: recipe(of: model), output: output,
      loaderThreads: loaderThreads ?? 2, cacheBytes: (cacheMb ?? 0) << 20, precision: precision,
      target: TargetDevices.named(target ?? "host"), head: head, ranks: ranks)
    if leads {
      if !resume { try FinetuneOptions.save(self, in: output) }
      describe(tuning, split, ranks)
    }
    Interruption.watch()
    let result = try tuning.run(
      resumes: resume, origin: .command(threads: threads), shouldStop: { Interruption.isAskedFor },
      progress: { Terminal.progress($0) },
      log: {
        Terminal.endProgress()
        Terminal.log($0)
      })
    Terminal.endProgress()
    if leads { try tell(result) }
    if result.ending == .interrupted { throw ExitCode.interrupted }
    if !result.skipped.isEmpty { throw ExitCode.partial }
  }

  /// Tells what is trained on.
  private func describe(_ tuning: FineTuning, _ split: DataSplit, _ ranks: (any LaunchedGroup)?) {
    Terminal.log(
      "\(Self.count(split.training.samples.count, "training video")) of \(split.training.classes.count) classes, "
        + Self.count(split.validation.samples.count, "validation video"))
    if let ranks {
      let machines = Set(ranks.hosts).count
      Terminal.log("\(ranks.place.count) ranks on \(Self.count(machines, "machine")) share each batch")
    }
    if let line = tuning.headLine { Terminal.log(line) }
    for warning in tuning.warnings { Terminal.warning(warning) }
    if !noFlip, MirroredClasses.warning(for: split.training.classes) != nil {
      Terminal.note("--no-flip turns flips off")
    }
  }

  /// Tells what has come of it.
  private func tell(_ result: FineTuning.Result) throws {
    try show(result, model: precision == .int8 ? "\(output)/model.accel" : output)
    if result.ending == .interrupted {
      Terminal.log("interrupted and saved: continue with --resume")
    } else if !result.skipped.isEmpty {
      Terminal.error("\(Self.count(result.skipped.count, "video")) skipped")
    }
  }

  /// Refuses an output folder among the videos, which the next run would take for a class.
  private func checkOutputFolder() throws {
    let output = FileSystem.absolutePath(ofNew: output)
    for case (let option, let folder?) in [("--data", data), ("--validation", validation)] {
      guard FileSystem.isFolder(folder), let folder = FileSystem.absolutePath(of: folder) else { continue }
      if output == folder || FileSystem.path(output, relativeTo: folder) != nil {
        throw UsageError("--output is in the folder of \(option): give one outside of it")
      }
    }
  }

  /// Returns a number and a noun as in "1 video" and "2 videos".
  static func count(_ number: Int, _ thing: String) -> String { "\(number) \(thing)\(number == 1 ? "" : "s")" }

  private func show(_ result: FineTuning.Result, model: String) throws {
    switch format {
    case .json:
      var object: JSONObject = [
        "model": .string(model), "ending": .string("\(result.ending)"), "steps": JSON(result.history.steps.count),
      ]
      if let best = result.best { object["validation"] = best.score.json }
      object["skipped"] = result.skipped.json
      object["warnings"] = JSON(result.warnings)
      try Terminal.result(JSON.object(object).text(pretty: true))
    case .text:
      if let best = result.best {
        try Terminal.result(
          "\(model.printable): \(best.score.text) on \(Self.count(best.confusion.total, "validation video"))")
      }
    }
  }
}

extension ModelScore {
  var json: JSON {
    var object: JSONObject = ["loss": .rounded(loss, 4), "top1": .rounded(accuracy, 4)]
    if let top5Accuracy { object["top5"] = .rounded(top5Accuracy, 4) }
    return .object(object)
  }

  /// The score as in "top-1 93.1 %, top-5 99.0 %, loss 0.312".
  var text: String {
    let five = top5Accuracy.map { ", top-5 \(($0 * 100).fixed(1)) %" } ?? ""
    return "top-1 \((accuracy * 100).fixed(1)) %\(five), loss \(loss.fixed(3))"
  }
}

extension [SkippedVideos.Video] {
  /// The videos that could not be decoded, as JSON.
  var json: JSON { .array(map { ["path": .string($0.path), "error": .string($0.reason)] }) }
}
