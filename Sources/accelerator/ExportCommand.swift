import ArgumentParser
import VideoAccelerator

/// The number formats of an exported model.
enum ExportPrecision: String, ExpressibleByArgument, CaseIterable {
  case fp32, int8

  var precision: Precision { self == .fp32 ? .fp32 : .int8 }
}

/// `accelerator export`.
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes a model as ONNX, for other runtimes.",
    discussion: """
      Examples:
        accelerator export --model x3d_s --output x3d_s.onnx
        accelerator export --model x3d_s --checkpoint X3D_S.pyth --output x3d_s.onnx
        accelerator export --model x3d_xs.accel --output x3d_xs.onnx
        accelerator export --model x3d_xs --precision int8 --calibration videos/ --output int8.onnx

      A zoo model is written in original form, an .accel file in the deployable form that it holds. In int8 values and
      weights are quantised as the accelerator's own are (QDQ). Number, length and size of clips stay open.
      """)

  @OptionGroup var modelOptions: ModelOptions

  @Option(help: "The number format; if not given int8 for an .accel file in int8, else fp32.")
  var precision: ExportPrecision?

  @OptionGroup var calibrationOptions: CalibrationOptions

  @Option(
    help: ArgumentHelp("Where the model goes.", valueName: "file"), completion: .file(extensions: ["onnx"]))
  var output: String

  func validate() throws {
    if precision != .int8, calibrationOptions.isUsed {
      throw ValidationError("Only --precision int8 takes calibration.")
    }
    if calibrationOptions.report == output { throw ValidationError("--output and --report name the same file.") }
  }

  func run() throws {
    for path in [output, calibrationOptions.report].compactMap({ $0 }) { try AtomicFile.check(path) }
    let exported = try exported()
    try exported.write(to: output)
    let form = exported.isQuantized ? "int8 (QDQ)" : "fp32"
    Terminal.log("\(output): \(exported.name), \(form), ONNX operator set \(ONNXModel.operatorSet)")
  }

  private func exported() throws -> ONNXModel {
    if let file = try modelOptions.deployableFile() {
      if calibrationOptions.isUsed {
        throw ModelRequestError.request(
          "\(modelOptions.model) is in deployable form already: to calibrate it give the model that it was made from")
      }
      return try file.onnx(precision: precision?.precision)
    }
    if precision == .int8, calibrationOptions.calibration == nil {
      throw ModelRequestError.request("--precision int8 learns from clips: give videos or arrays with --calibration")
    }
    let model = try modelOptions.load()
    guard let deployed = try calibrationOptions.deployed(model, for: HostCPU()) else {
      return try model.onnx(source: modelOptions.source)
    }
    if let report = deployed.quantization?.report { try calibrationOptions.show(report, of: model.name) }
    return try model.file(deployed, source: modelOptions.source).onnx()
  }
}
