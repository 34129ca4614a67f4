import Tensors
import CPU
import Passes
import Reports
import ArgumentParser
import VideoAccelerator

/// `accelerator profile`.
struct ProfileModel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile",
    abstract: "Measure where a model's time goes: by operation, block or kernel.",
    discussion: """
      EXAMPLES:
        accelerator profile --model x3d_xs --random-weights 1 --top 10
        accelerator profile --model mine.accel --threads 2 --by block --format json
        accelerator profile --model mine.accel --html profile.html
        accelerator profile --model mine.accel --trace profile.json
        accelerator profile --model x3d_s --stream --by kernel

      The page needs no network. The trace opens in https://ui.perfetto.dev.
      """)

  @OptionGroup var modelOptions: ModelOptions
  @OptionGroup var shapeOption: InputShapeOption
  @OptionGroup var precisionOption: PrecisionOption

  @OptionGroup var threadsOption: ThreadsOption

  @OptionGroup var continualOptions: ContinualOptions

  @Option(
    help: ArgumentHelp("Number of profiled runs; as many unprofiled ones are timed for comparison.", valueName: "n"))
  var iterations = 50

  @Option(help: "What to group by.")
  var by = ProfileReport.Grouping.operation

  @Option(help: ArgumentHelp("Show only the n rows that take the most time.", valueName: "n"))
  var top: Int?

  @Option(help: "Output format.")
  var format = OutputFormat.text

  @Option(
    help: ArgumentHelp("Also write an HTML page with charts.", valueName: "file"),
    completion: .file(extensions: ["html"]))
  var html: String?

  @Option(
    help: ArgumentHelp("Also write one run as Chrome trace events.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var trace: String?

  func validate() throws {
    if !(1...Session.mostProfiledRuns).contains(iterations) {
      throw ValidationError("--iterations must be 1 to \(Session.mostProfiledRuns).")
    }
    if let top, top < 1 { throw ValidationError("--top must be 1 or more.") }
    try OutputFiles.checkExtension(of: html, ["html"], option: "--html", contents: "a page")
    try OutputFiles.checkExtension(of: trace, ["json"], option: "--trace", contents: "JSON")
  }

  func run() throws {
    try OutputFiles.check(
      [("--html", html), ("--trace", trace)], inputs: [modelOptions.file, modelOptions.checkpoint])
    let (model, shapes, continual) = try network()
    let session = try Session(model.plan(inputShapes: shapes), threads: threadsOption.threads)
    let inputs = model.graph.measuringInputs(shapes)
    try session.warmUp(inputs)
    let profile = try session.profile(inputs, runs: iterations) {
      Terminal.progress("run \($0 + 1) of \(iterations)")
    }
    Terminal.endProgress()
    if let continual { Terminal.log(continual.text) }
    let report = ProfileReport(
      model: model.name, precision: model.precision, processor: Processor.name, profile: profile,
      roofs: .measured(isa: session.plan.isa, precision: model.precision, threads: threadsOption.threads))
    if let html { try write(report.html(origin: .command()), to: html) }
    if let trace { try write(report.trace.text(), to: trace) }
    switch format {
    case .json: try Terminal.result(report.json(by: by, top: top).text(pretty: true))
    case .text: try Terminal.result(report.text(by: by, top: top))
    }
  }

  /// Returns the model that is measured, its inputs' shapes, and what its steps need if it takes frame after frame.
  private func network() throws -> (Model, [[Int]], ContinualReport?) {
    let model = try modelOptions.loadRunnable(precision: precisionOption.precision)
    let shapes = try shapeOption.shapes(for: model)
    guard let continual = try continualOptions.continual(model, clipShape: shapes.first) else {
      return (model, shapes, nil)
    }
    return (continual.model, [ContinualReport.stepShape(of: shapes[0])], continual.report)
  }

  private func write(_ text: String, to path: String) throws {
    try AtomicFile.write(to: path) { try $0.append(Array(text.utf8)) }
    Terminal.log("wrote \(path.printable)")
  }
}

extension ProfileReport.Grouping: ExpressibleByArgument {}
