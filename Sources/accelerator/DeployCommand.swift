import ArgumentParser
import VideoAccelerator

/// The options of the commands that make a model's deployable form.
struct TargetOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The target device: \(TargetDevices.names.joined(separator: ", ")).", valueName: "device"),
    completion: .list(TargetDevices.names))
  var target = "host"

  /// The device with that name.
  func device() throws -> any TargetDevice { try TargetDevices.named(target) }
}

/// `accelerator transmute`.
struct Transmute: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Says which parts of a model run on efficient blocks of a target device, and which do not and why.",
    discussion: """
      Examples:
        accelerator transmute --model x3d_s --target mobile_cpu
        accelerator transmute --model x3d_s --target x86_cpu --output x3d_s.accel --format json
      """)

  @OptionGroup var modelOptions: ModelOptions

  @OptionGroup var targetOptions: TargetOptions

  @Option(
    help: ArgumentHelp("Where to write the model in deployable form.", valueName: "file"),
    completion: .file(extensions: ["accel"]))
  var output: String?

  @Option(help: "How to print results.")
  var format = OutputFormat.text

  func run() throws {
    let device = try targetOptions.device()
    let model = try modelOptions.load()
    let deployed = try model.deployed(for: device)
    if let output { try model.file(deployed, source: modelOptions.source).write(to: output) }
    switch format {
    case .text: print(deployed.report.text)
    case .json: print(deployed.report.json.text(pretty: true))
    }
  }
}

/// `accelerator deploy`.
struct Deploy: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes a model in deployable form: one file, with weights, preprocessing and labels.",
    discussion: """
      Examples:
        accelerator deploy --model x3d_s --target mobile_cpu --output x3d_s.accel
        accelerator deploy --model x3d_s --checkpoint X3D_S.pyth --target host --output x3d_s.accel
        accelerator deploy --model x3d_xs --precision int8 --calibration videos/ --output x3d_xs.accel
        accelerator deploy --model x3d_xs --precision int8 --calibration clips.npy --accuracy-budget 20dB \\
          --report x3d_xs.html --output x3d_xs.accel
      """)

  @OptionGroup var modelOptions: ModelOptions

  @OptionGroup var targetOptions: TargetOptions

  @Option(help: "The number format to run in.")
  var precision = Precision.fp32

  @OptionGroup var calibrationOptions: CalibrationOptions

  @Option(
    help: ArgumentHelp("Where the model goes.", valueName: "file"), completion: .file(extensions: ["accel"]))
  var output: String

  func validate() throws {
    if precision == .int8, calibrationOptions.calibration == nil {
      throw ValidationError("--precision int8 learns from clips: give videos or arrays with --calibration.")
    }
    if precision != .int8, calibrationOptions.isUsed {
      throw ValidationError("Only --precision int8 takes calibration.")
    }
    if calibrationOptions.report == output { throw ValidationError("--output and --report name the same file.") }
  }

  func run() throws {
    let device = try targetOptions.device()
    for path in [output, calibrationOptions.report].compactMap({ $0 }) { try AtomicFile.check(path) }
    let model = try modelOptions.load()
    let deployed =
      try calibrationOptions.deployed(model, for: device) ?? model.deployed(for: device, precision: precision)
    let file = model.file(deployed, source: modelOptions.source)
    try file.write(to: output)
    let bytes = file.weights.values.reduce(0) { $0 + $1.byteCount }
    Terminal.log("\(output): \(model.name) for \(file.target), \(precision.rawValue), \(bytes.byteText) of weights")
    if let report = deployed.quantization?.report { try calibrationOptions.show(report, of: model.name) }
  }
}
