import Passes
import Formats
import Zoo
import ArgumentParser
import VideoAccelerator

/// `accelerator export`.
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a model as ONNX, for other runtimes.",
    discussion: """
      EXAMPLES:
        accelerator export --model x3d_s --output x3d_s.onnx
        accelerator export --model x3d_s --checkpoint X3D_S.pyth --output s.onnx
        accelerator export --model x3d_xs.accel --output x3d_xs.onnx
        accelerator export --model x3d_xs --precision int8 \\
          --calibration videos/ --output int8.onnx
        accelerator export --model x3d_s --stream --output x3d_s_stream.onnx

      A zoo model in fp32 is written in original form, all else in deployable
      form. In fp16 weights and values are float16, in int8 they are quantized
      as in an .accel file (QDQ); inputs and outputs are float32 in every
      precision. The number, length and size of clips stay open.

      With --stream the network takes one frame, and its states are pairs of
      an input and an output: pass what the output NAME_next gives to the input
      NAME in the next run, and zeros in the first.

      On x86 processors without VNNI, ONNX Runtime's sums of int8 products
      saturate, and results are wrong: use --reduce-range, or set its session
      option session.x64quantprecision to "1".
      """)

  @OptionGroup var modelOptions: ModelOptions

  @Option(help: "Number format. (default: the .accel file's own, else fp32)")
  var precision: Precision?

  @Option(
    help: ArgumentHelp(
      "Version of ONNX's operators, 17 to 23. (default: 17, which runtimes since 2022 read; 21 in int8)",
      valueName: "version"))
  var opset: Int?

  @OptionGroup var calibrationOptions: CalibrationOptions

  @OptionGroup var continualOptions: ContinualOptions

  @Option(
    help: ArgumentHelp("Output file.", valueName: "file.onnx"), completion: .file(extensions: ["onnx"]))
  var output: String

  func validate() throws {
    if precision != .int8, calibrationOptions.isUsed {
      throw ValidationError("Only --precision int8 takes calibration.")
    }
    if let precision, precision != .int8, calibrationOptions.reduceRange {
      throw ValidationError("--reduce-range is for int8 weights: leave it out in \(precision.rawValue).")
    }
    if let opset, !ONNXModel.operatorSets.contains(opset) {
      let sets = ONNXModel.operatorSets
      throw ValidationError("--opset must be from \(sets.lowerBound) to \(sets.upperBound), not \(opset).")
    }
    try ModelFileName.checkONNX(output)
  }

  func run() throws {
    try OutputFiles.check(
      [("--output", output), ("--report", calibrationOptions.report)],
      inputs: InputFiles.possiblePaths(calibrationOptions.calibration) + [modelOptions.file, modelOptions.checkpoint])
    var faults = CalibrationFaults()
    let exported = try exported(&faults)
    try exported.write(to: output)
    Terminal.log("\(output): \(exported.name), \(form(of: exported)), ONNX operator set \(exported.operatorSet)")
    if !exported.sumsFit16Bits {
      Terminal.log(
        """
        note: on x86 processors without VNNI, ONNX Runtime's int8 sums saturate and results are wrong: set its session \
        option session.x64quantprecision to "1", or quantize the model with --reduce-range
        """)
    }
    try faults.finish()
  }

  private func form(of exported: ONNXModel) -> String {
    guard exported.precision == .int8 else { return exported.precision.rawValue }
    return exported.sumsFit16Bits ? "int8 (QDQ), weights in 7 bits" : "int8 (QDQ)"
  }

  private func exported(_ faults: inout CalibrationFaults) throws -> ONNXModel {
    let model = try modelOptions.load()
    if model.isDeployable { return try exported(steps(of: model)) }
    if precision == .int8, calibrationOptions.calibration.isEmpty {
      throw ModelRequestError.request("--precision int8 learns from clips: give videos or arrays with --calibration")
    }
    if precision != .int8, calibrationOptions.reduceRange {
      throw ModelRequestError.request(
        "\(modelOptions.model) is not in int8, and --reduce-range is for int8 weights: use it with --precision int8 and "
          + "--calibration")
    }
    if let quantized = try calibrationOptions.quantized(model, for: HostCPU(), faults: &faults) {
      try calibrationOptions.show(quantized.report, of: model.name, faults: faults)
      return try steps(of: quantized.model).onnx(operatorSet: opset)
    }
    return try steps(of: precision == .fp16 ? model.runnable(in: .fp16) : model).onnx(operatorSet: opset)
  }

  /// Returns the model's continual form, if that is wanted.
  private func steps(of model: Model) throws -> Model {
    guard let continual = try continualOptions.continual(model) else { return model }
    Terminal.log(continual.report.text)
    return continual.model
  }

  private func exported(_ file: Model) throws -> ONNXModel {
    if calibrationOptions.isUsed {
      throw ModelRequestError.request(
        "\(modelOptions.model) is in deployable form already: to calibrate it give the model that it was made from")
    }
    let exported = try file.onnx(precision: precision, operatorSet: opset)
    guard calibrationOptions.reduceRange else { return exported }
    guard exported.precision == .int8 else {
      throw ModelRequestError.request(
        "\(modelOptions.model) is in \(exported.precision.rawValue), and --reduce-range is for int8 weights")
    }
    // Fewer bits change ranges and biases, which follow from calibration.
    guard exported.sumsFit16Bits else {
      throw ModelRequestError.request(
        "\(modelOptions.model) has weights in 8 bits, and to reduce them takes its calibration: deploy the model that it was "
          + "made from again, with --precision int8 --reduce-range")
    }
    return exported
  }
}
