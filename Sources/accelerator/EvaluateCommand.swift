import Tensors
import Preprocessing
import Passes
import Zoo
import Training
import ArgumentParser
import VideoAccelerator

/// `accelerator evaluate`.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure the accuracy of a model on labelled videos.",
    discussion: """
      EXAMPLES:
        accelerator evaluate --model mine
        accelerator evaluate --model mine --data videos/
        accelerator evaluate --model mine.accel --data val.csv --views 10 --crops 3 \\
          --format json

      Of the videos that a model was trained on by 'finetune', only those that
      were held out for validation are evaluated, unless --split all says
      otherwise; without --data they are what is evaluated. Of a folder with
      'train' and 'val' it is the latter.

      Exit codes: 0 done, 2 wrong usage or bad input, 3 done, but some videos
      could not be decoded and were skipped (--skip-bad). Damaged ones count by
      what can be decoded, with a warning.
      """)

  /// The videos to evaluate on.
  enum Part: String, ExpressibleByArgument, CaseIterable {
    case validation, all
  }

  @OptionGroup var modelOptions: ModelOptions

  @Option(
    help: ArgumentHelp(
      "A folder with a folder per class, or a list. (default: the validation videos of the model's training)",
      valueName: "path"),
    completion: .file())
  var data: String?

  @Option(help: "Evaluate the validation videos, or all, of the data that the model was trained on.")
  var split = Part.validation

  @Option(help: ArgumentHelp("Clips per video, spread over it, whose scores are averaged.", valueName: "n"))
  var views = 1

  @Option(help: "Square crops per clip, 1 (center) or 3 (along the longer side), averaged too.")
  var crops = 1

  @OptionGroup var precisionOption: PrecisionOption

  @Option(help: ArgumentHelp("Number of threads that run the model.", valueName: "n"))
  var threads = 1

  @Flag(help: "Skip videos that cannot be decoded (exit code 3).")
  var skipBad = false

  @Option(help: "Output format.")
  var format = OutputFormat.text

  func validate() throws {
    if !(1...1000).contains(views) { throw ValidationError("--views must be 1 to 1000.") }
    if crops != 1, crops != 3 { throw ValidationError("--crops must be 1 or 3.") }
    try ThreadCount.check(threads)
  }

  func run() throws {
    let model = try modelOptions.loadRunnable(precision: precisionOption.precision)
    let inputs = try model.requiredClipInputs()
    let videos = try self.videos(labels: model.labels)
    for warning in videos.warnings { Terminal.warning(warning) }
    videos.skippedFiles.summary.map(Terminal.log)
    let evaluation = Evaluation(
      videos, inputs: inputs, views: views, crops: crops == 3 ? SpatialCrop.three : [.center], threads: threads,
      skipsBad: skipBad)
    let result: Evaluation.Result
    do {
      defer { Terminal.endProgress() }
      result = try evaluation.run(
        model.plan(inputShapes: inputs.shapes), givesProbabilities: model.graph.finalSoftmax != nil
      ) { Terminal.progress("video \($0) of \($1)") }
    } catch DataSetError.badVideo(_, let reason) {
      throw ModelRequestError.request("\(reason): --skip-bad skips such videos")
    }
    for warning in result.damaged.warnings { Terminal.warning(warning) }
    for video in result.skipped.videos { Terminal.error("skipped: \(video.reason)") }
    switch format {
    case .json: try Terminal.result(json(result, videos).text(pretty: true))
    case .text: try Terminal.result(text(result, videos.classes, name: model.name))
    }
    if !result.skipped.videos.isEmpty { throw ExitCode.partial }
  }

  /// Returns the videos to evaluate on: none that the model was trained on, if that is known and not requested.
  private func videos(labels: [String]) throws -> DataSet {
    let trained = try trainedSplit()
    guard let data else {
      guard let trained else {
        throw ModelRequestError.request("--data <path> is missing: the model's training is not in its folder")
      }
      guard split == .validation else { return try DataSet(joining: trained.training, trained.validation) }
      Terminal.log("evaluating the \(trained.validation.samples.count) validation videos of the model's training")
      return trained.validation
    }
    let given = try DataSet(judgingAt: data, classes: labels.isEmpty ? nil : labels)
    guard let trained else { return given }
    if split == .validation, given.isOfFolder(of: trained.training), let others = given.leavingOut(trained.training) {
      let count = given.samples.count - others.samples.count
      if count > 0 {
        Terminal.log(
          "evaluating \(others.samples.count) videos; the \(count) training videos are left out (--split all takes them)"
        )
      }
      return others
    }
    let count = given.countOfVideos(in: trained.training)
    if count > 0 {
      Terminal.warning(
        "\(count) of the \(given.samples.count) videos are training videos of this model, on which it does better than "
          + "on others")
    }
    return given
  }

  /// Returns the split that the model was trained on, according to its folder; nil if it is not that of a training run.
  private func trainedSplit() throws -> DataSplit? {
    guard let model = modelOptions.requestedModel, modelOptions.checkpoint == nil else { return nil }
    let path = FineTuning.split(in: FileSystem.isFolder(model) ? model : FileSystem.folder(of: model))
    guard !ModelRequest.names.contains(model), FileSystem.exists(path) else { return nil }
    do { return try DataSplit(savedAt: path) } catch let error as DataSetError {
      guard let data else { throw error }
      // The videos were moved, perhaps to the given folder.
      return FileSystem.isFolder(data) ? try? DataSplit(savedAt: path, root: data) : nil
    }
  }

  private func text(_ result: Evaluation.Result, _ classes: [String], name: String) -> String {
    var table = TextTable()
    for (label, name) in classes.enumerated() where result.confusion.total(of: label) > 0 {
      let share = result.confusion.accuracy(of: label) ?? 0
      table.add(["  \(name.printable)", "\((share * 100).fixed(1)) %", "of \(result.confusion.total(of: label))"])
    }
    let mistakes = result.confusion.mistakes.prefix(10).map {
      "  \($0.count) × \(classes[$0.label].printable) taken for \(classes[$0.predicted].printable)"
    }
    return
      (["\(name): \(result.score.text) on \(result.confusion.total) videos", table.text]
      + (mistakes.isEmpty ? [] : ["mistakes"] + mistakes)).joined(separator: "\n")
  }

  private func json(_ result: Evaluation.Result, _ videos: DataSet) -> JSON {
    let classes = videos.classes
    let confusion = classes.indices.map { label in JSON(classes.indices.map { result.confusion[label, $0] }) }
    return [
      "score": result.score.json, "videos": JSON(result.confusion.total), "skipped": result.skipped.videos.json,
      "warnings": JSON(videos.warnings + result.damaged.warnings), "classes": JSON(classes),
      "confusion": .array(confusion),
    ]
  }
}
