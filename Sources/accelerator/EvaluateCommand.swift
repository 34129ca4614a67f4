import ArgumentParser
import VideoAccelerator

/// `accelerator evaluate`.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Says how often a model is right about videos whose classes are known.",
    discussion: """
      Examples:
        accelerator evaluate --model mine --data videos/val
        accelerator evaluate --model mine.accel --data val.csv --views 10 --crops 3 --format json
      """)

  @OptionGroup var modelOptions: ModelOptions

  @Option(
    help: ArgumentHelp("A folder with a folder for each class, or a list (path label).", valueName: "path"),
    completion: .file())
  var data: String

  @Option(help: ArgumentHelp("How many clips, spread over each video, are averaged.", valueName: "n"))
  var views = 1

  @Option(help: "Square crops of each clip, 1 (centre) or 3 (along the longer side), averaged too.")
  var crops = 1

  @OptionGroup var precisionOption: PrecisionOption

  @Option(help: ArgumentHelp("How many threads run the model.", valueName: "n"))
  var threads = 1

  @Option(help: "How to print results.")
  var format = OutputFormat.text

  func validate() throws {
    if !(1...1000).contains(views) { throw ValidationError("--views must be 1 to 1000.") }
    if crops != 1, crops != 3 { throw ValidationError("--crops must be 1 or 3.") }
    if threads < 1 { throw ValidationError("--threads must be 1 or more.") }
  }

  func run() throws {
    let model = try modelOptions.loadRunnable(precision: precisionOption.precision)
    guard let recipe = model.recipe else {
      throw ModelRequestError.request("\(model.name) does not say what clips it wants")
    }
    let videos = try DataSet(at: data, classes: model.labels.isEmpty ? nil : model.labels)
    for warning in videos.warnings { Terminal.log("warning: \(warning)") }
    let evaluation = Evaluation(
      videos, recipe: recipe, views: views, crops: crops == 3 ? SpatialCrop.three : [.center], threads: threads)
    let result = try evaluation.run(
      model.plan(inputShapes: recipe.clipShape), givesProbabilities: model.graph.finalSoftmax != nil
    ) { Terminal.progress("video \($0) of \($1)") }
    Terminal.endProgress()
    for video in result.skipped.videos { Terminal.log("skipped \(video.path): \(video.reason)") }
    switch format {
    case .json: print(json(result, videos.classes).text(pretty: true))
    case .text: print(text(result, videos.classes, name: model.name))
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

  private func json(_ result: Evaluation.Result, _ classes: [String]) -> JSON {
    let confusion = classes.indices.map { label in JSON(classes.indices.map { result.confusion[label, $0] }) }
    return [
      "score": result.score.json, "videos": JSON(result.confusion.total), "skipped": JSON(result.skipped.count),
      "classes": JSON(classes), "confusion": .array(confusion),
    ]
  }
}
