import Passes
import Zoo
import ArgumentParser
import VideoAccelerator

/// The options of the commands that deploy a model.
struct TargetOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Target device: \(TargetDevices.names.joined(separator: ", ")).", valueName: "device"),
    completion: .list(TargetDevices.names))
  var target = "host"

  /// Returns the target device with that name.
  func device() throws -> any TargetDevice { try TargetDevices.named(target) }
}

/// `accelerator transmute`.
struct Transmute: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show which parts of a model run on efficient blocks of a target device, and why others do not.",
    usage: "accelerator transmute --model <model> [--target <device>] [<options>]",
    discussion: """
      EXAMPLES:
        accelerator transmute --model x3d_s --target mobile_cpu
        accelerator transmute --model x3d_s --target x86_cpu --format json
      """)

  @OptionGroup var modelOptions: ModelOptions

  @OptionGroup var targetOptions: TargetOptions

  @Option(
    help: ArgumentHelp("Also write the model in deployable form.", valueName: "file"),
    completion: .file(extensions: ["accel"]))
  var output: String?

  @Option(help: "Output format.")
  var format = OutputFormat.text

  func validate() throws { try output.map(ModelFileName.checkDeployable) }

  func run() throws {
    let device = try targetOptions.device()
    try OutputFiles.check([("--output", output)], inputs: [modelOptions.checkpoint])
    let model = try modelOptions.loadOriginal()
    let deployed = try Transmuter(target: device).deploy(model, inputShapes: model.ownInputShapes)
    try output.map(deployed.model.write(to:))
    var report = deployed.report
    report.steps = try model.ownInputShapes.map { .init(try deployed.model.plan(inputShapes: $0)) }
    switch format {
    case .text: try Terminal.result(report.text)
    case .json: try Terminal.result(report.json.text(pretty: true))
    }
  }
}

/// `accelerator deploy`.
struct Deploy: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a model in deployable form: one file with weights, preprocessing and labels.",
    discussion: """
      EXAMPLES:
        accelerator deploy --model x3d_s --target mobile_cpu --output x3d_s.accel
        accelerator deploy --model x3d_s --checkpoint X3D_S.pyth --output x3d_s.accel
        accelerator deploy --model x3d_s --precision int8 --calibration videos/ \\
          --output int8.accel
        accelerator deploy --model slowfast_r50 --precision int8 \\
          --calibration slow=s.npy --calibration fast=f.npy --output int8.accel
        accelerator deploy --model x3d_s --precision int8 --calibration videos/ \\
          --accuracy-budget 20dB --report int8.html --output int8.accel
        accelerator deploy --model x3d_s --stream --output x3d_s_stream.accel

      With --stream the file takes one frame [N, 3, 1, H, W] at each run, and gives
      the result for the newest frames; it keeps what it needs of earlier ones. The
      model can be an .accel file then, such as one in int8.
      """)

  @OptionGroup var modelOptions: ModelOptions

  @OptionGroup var targetOptions: TargetOptions

  @Option(help: "Number format of the deployed model. (default: the .accel file's own, else fp32)")
  var precision: Precision?

  @OptionGroup var calibrationOptions: CalibrationOptions

  @OptionGroup var continualOptions: ContinualOptions

  @Flag(help: "Leave out the names of layers and parameters, and where the weights come from.")
  var strip = false

  @Option(
    help: ArgumentHelp("Output file.", valueName: "file"), completion: .file(extensions: ["accel"]))
  var output: String

  func validate() throws {
    if precision == .int8, calibrationOptions.calibration.isEmpty {
      throw ValidationError("--precision int8 needs calibration clips: give videos or arrays with --calibration.")
    }
    if precision != .int8, calibrationOptions.isUsed {
      throw ValidationError("Only --precision int8 takes calibration.")
    }
    if precision != .int8, calibrationOptions.reduceRange {
      throw ValidationError("--reduce-range is for int8 weights: use it with --precision int8.")
    }
    try ModelFileName.checkDeployable(output)
  }

  func run() throws {
    let device = try targetOptions.device()
    try OutputFiles.check(
      [("--output", output), ("--report", calibrationOptions.report)],
      inputs: InputFiles.possiblePaths(calibrationOptions.calibration) + [modelOptions.checkpoint])
    let model = try loadModel()
    var faults = CalibrationFaults()
    let quantized = try calibrationOptions.quantized(model, for: device, faults: &faults)
    let clips =
      try quantized?.model
      ?? (model.isDeployable ? model : model.deployed(for: device, precision: precision ?? .fp32).model)
    let continual = try continualOptions.continual(clips)
    let named = continual?.model ?? clips
    let file = strip ? named.stripped() : named
    try file.write(to: output)
    let bytes = file.weights.values.reduce(0) { $0 + $1.byteCount }
    Terminal.log(
      "\(output.printable): \(model.name.printable) for \(file.target ?? device.name), \(file.precision.rawValue), \(bytes.byteText) of weights"
    )
    if let continual { Terminal.log(continual.report.text) }
    if quantized != nil, continual != nil {
      Terminal.log("the network on clips, whose frames steps compute one by one:")
    }
    if let quantized { try calibrationOptions.show(quantized.report, of: model.name, faults: faults) }
    try faults.finish()
  }

  /// Loads the model: one in original form, or one in deployable form whose continual form is wanted.
  private func loadModel() throws -> Model {
    guard continualOptions.stream else { return try modelOptions.loadOriginal() }
    let model = try modelOptions.load()
    guard model.isDeployable else { return model }
    if calibrationOptions.isUsed || precision.map({ $0 != model.precision }) ?? false {
      throw ModelRequestError.isDeployable(model: modelOptions.model)
    }
    return model
  }
}
