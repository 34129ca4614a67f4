import ArgumentParser
import VideoAccelerator

/// `accelerator profile`.
struct ProfileModel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile",
    abstract: "Says where a model's time goes: by operation, block or kernel, beside what this machine can do.",
    discussion: """
      Examples:
        accelerator profile --model x3d_xs --random-weights 1 --top 10
        accelerator profile --model mine.accel --threads 2 --by block --format json
        accelerator profile --model mine.accel --html profile.html --trace profile.json

      The page needs no network. The trace opens in https://ui.perfetto.dev and chrome://tracing.
      """)

  @OptionGroup var modelOptions: ModelOptions
  @OptionGroup var shapeOption: InputShapeOption
  @OptionGroup var precisionOption: PrecisionOption

  @Option(help: ArgumentHelp("How many threads run the model.", valueName: "n"))
  var threads = 1

  @Option(help: ArgumentHelp("How many runs are measured, each beside one as usual.", valueName: "n"))
  var iterations = 50

  @Option(help: "What a row of the table stands for.")
  var by = ProfileReport.Grouping.operation

  @Option(help: ArgumentHelp("Show the rows that take the most time only.", valueName: "n"))
  var top: Int?

  @Option(help: "How to print results.")
  var format = OutputFormat.text

  @Option(
    help: ArgumentHelp("Write a page with charts as well.", valueName: "file"), completion: .file(extensions: ["html"]))
  var html: String?

  @Option(
    help: ArgumentHelp("Write one run's timeline as well, as Chrome trace events.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var trace: String?

  func validate() throws {
    if !(1...Session.mostProfiledRuns).contains(iterations) {
      throw ValidationError("--iterations must be 1 to \(Session.mostProfiledRuns).")
    }
    if let top, top < 1 { throw ValidationError("--top must be 1 or more.") }
  }

  func run() throws {
    for path in [html, trace].compactMap({ $0 }) { try AtomicFile.check(path) }
    let model = try modelOptions.loadRunnable(precision: precisionOption.precision)
    let shape = try shapeOption.shape(for: model)
    let session = try Session(model.plan(inputShapes: shape), threads: threads)
    let input = RandomWeights.clips(shape, seed: 1)
    try session.warmUp(input)
    let profile = try session.profile([input], runs: iterations) {
      Terminal.progress("run \($0 + 1) of \(iterations)")
    }
    Terminal.endProgress()
    let report = ProfileReport(
      model: model.name, precision: model.precision, processor: Processor.name, profile: profile,
      roofs: .measured(isa: session.plan.isa, precision: model.precision, threads: threads))
    if let html { try write(report.html, to: html) }
    if let trace { try write(report.trace.text(), to: trace) }
    switch format {
    case .json: print(report.json(by: by, top: top).text(pretty: true))
    case .text: print(report.text(by: by, top: top))
    }
  }

  private func write(_ text: String, to path: String) throws {
    try AtomicFile.write(to: path) { try $0.append(Array(text.utf8)) }
    Terminal.log("wrote \(path)")
  }
}

extension ProfileReport.Grouping: ExpressibleByArgument {}
