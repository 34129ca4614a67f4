import Tensors
import CPU
import Models
import Autotune
import ArgumentParser
import VideoAccelerator

/// `accelerator tune`.
struct Tune: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure which kernels are fastest for each layer on this device, and store them in the model.",
    usage: "accelerator tune --model <file> [--budget-s <seconds>] [<options>]",
    discussion: """
      EXAMPLES:
        accelerator tune --model x3d_s.accel
        accelerator tune --model x3d_s.accel --budget-s 120 --output tuned.accel

      The fastest kernels are stored in the file for this processor, input shape,
      number format and number of threads; otherwise the defaults are used.
      """)

  @Option(
    help: ArgumentHelp("The model, an .accel file; it is overwritten unless --output is given.", valueName: "file"),
    completion: .file(extensions: ["accel"]))
  var model: String

  @Option(
    help: ArgumentHelp("Output file, instead of overwriting the model.", valueName: "file"),
    completion: .file(extensions: ["accel"]))
  var output: String?

  @OptionGroup var inputShape: InputShapeOption

  @OptionGroup var precisionOption: PrecisionOption

  @OptionGroup var threadsOption: ThreadsOption

  @Option(help: ArgumentHelp("Approximate time for measuring in seconds.", valueName: "seconds"))
  var budgetS = 60.0

  @Option(help: "Output format.")
  var format = OutputFormat.text

  func validate() throws {
    if !(1...86_400).contains(budgetS) { throw ValidationError("--budget-s must be 1 to 86400.") }
  }

  func run() throws {
    if Architecture.names.contains(model) {
      throw UsageError(
        "tuning is stored in a file: deploy the model first (accelerator deploy --model \(model) --output \(model).accel)"
      )
    }
    let path = ModelRequest.accelPath(of: model)
    var file = try Model(contentsOf: path)
    try file.check()
    guard file.isDeployable else { throw ModelError.notDeployable(model: model) }
    try AtomicFile.check(output ?? path)
    let runnable = try file.running(in: precisionOption.precision ?? file.precision)
    let shapes = try inputShape.shapes(for: runnable)
    let setting = TunedSetting(
      isa: try ISA.preferred(), precision: runnable.precision, inputShapes: shapes, threads: threadsOption.threads)
    let tuner = Tuner(
      file.graph, weights: runnable.weights, quantization: runnable.quantization, setting: setting)
    let result = try tuner.tune(budget: .seconds(budgetS)) { Terminal.progress(Self.text($0, budget: budgetS)) }
    Terminal.endProgress()
    file.tuning.set(result.choices, for: setting)
    try file.write(to: output ?? path)
    switch format {
    case .text: try Terminal.result(result.text)
    case .json: try Terminal.result(result.json.text(pretty: true))
    }
  }

  private static func text(_ progress: Tuner.Progress, budget: Double) -> String {
    switch progress {
    case .preparing(let number, let count): "preparing candidate \(number + 1) of \(count)"
    case .measuring(let round, let elapsed):
      "measuring, round \(round), \(Int(elapsed / .seconds(1))) of about \(Int(budget * 0.8)) s"
    case .comparing: "comparing with the default"
    }
  }
}

extension TuningResult {
  /// The result as text.
  fileprivate var text: String {
    guard let usual = defaultMilliseconds, let tuned = tunedMilliseconds, !layers.isEmpty else {
      return "the default kernels are the fastest on this device"
    }
    var table = TextTable()
    for layer in layers {
      table.add([
        "\(layer.milliseconds.usual.fixed(3)) → \(layer.milliseconds.tuned.fixed(3)) ms",
        layer.kernels.usual.joined(separator: ", "), "→ \(layer.kernels.tuned.joined(separator: ", "))",
        layer.operations.map(\.parameter).joined(separator: ", "),
      ])
    }
    let gain = (100 * (1 - tuned / usual)).fixed(1)
    return table.text + "\n\n\(usual.fixed(2)) → \(tuned.fixed(2)) ms for the model, \(gain) % less"
  }

  /// The result as JSON.
  fileprivate var json: JSON {
    [
      "processor": .string(setting.processor), "isa": .string(setting.isa.rawValue),
      "precision": .string(setting.precision.rawValue), "threads": JSON(setting.threads),
      "input_shape": JSON(setting.inputShapes.first ?? []), "rounds": JSON(rounds),
      "default_ms": defaultMilliseconds.map { .rounded($0) } ?? .null,
      "tuned_ms": tunedMilliseconds.map { .rounded($0) } ?? .null,
      "layers": .array(
        layers.map { layer in
          [
            "parameters": JSON(layer.operations.map(\.parameter)), "default_kernels": JSON(layer.kernels.usual),
            "tuned_kernels": JSON(layer.kernels.tuned), "default_ms": .rounded(layer.milliseconds.usual),
            "tuned_ms": .rounded(layer.milliseconds.tuned),
          ]
        }),
    ]
  }
}
