import Tensors
import Quantization
import Training
import ArgumentParser
import Foundation
import VideoAccelerator

/// The options of quantization.
struct CalibrationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      For int8: calibration clips, as a video, a folder of videos or a .npy file [N, 3, T, H, W]; or NAME=FILE.npy for each \
      input of the model.
      """, valueName: "path"), completion: .file())
  var calibration: [String] = []

  @Option(help: ArgumentHelp("For int8: number of calibration clips.", valueName: "n"))
  var calibrationClips = 32

  @Option(help: "For int8: how ranges are estimated; auto picks the one with the highest SQNR.")
  var observer = ObserverChoice.auto

  @Option(
    help: ArgumentHelp(
      "For int8: write a report with each layer's SQNR, as HTML, JSON or text by the file's extension.",
      valueName: "file"), completion: .file(extensions: ["html", "json", "txt"]))
  var report: String?

  @Option(
    help: ArgumentHelp(
      "For int8: SQNR or top-1 agreement to keep; the worst layers stay in fp32.",
      valueName: "20dB|99%"))
  var accuracyBudget: AccuracyBudget?

  @Option(
    help: ArgumentHelp(
      "For int8: time limit of the search for the layers that --accuracy-budget keeps in fp32.", valueName: "seconds"))
  var accuracyBudgetS = 600.0

  @Flag(
    help: ArgumentHelp(
      """
      For int8: quantize weights to 7 bits, for ONNX Runtime on x86 processors without VNNI, where sums of 8-bit products \
      saturate.
      """))
  var reduceRange = false

  @Flag(help: "For int8: skip calibration files that cannot be read (exit code 3).")
  var skipBad = false

  /// Whether any option that only calibration needs was given.
  var isUsed: Bool {
    !calibration.isEmpty || calibrationClips != 32 || observer != .auto || report != nil || accuracyBudget != nil
      || accuracyBudgetS != 600 || skipBad
  }

  func validate() throws {
    if !(1...86_400).contains(accuracyBudgetS) { throw ValidationError("--accuracy-budget-s must be 1 to 86400.") }
    try NumberRange.check(calibrationClips, 1...100_000, option: "--calibration-clips")
    try OutputFiles.checkExtension(
      of: report, ["html", "json", "txt"], option: "--report", contents: "a page, JSON or text")
  }

  /// Returns the int8 model; nil without calibration.
  ///
  /// - Parameter faults: Receives what is wrong with the calibration files.
  func quantized(
    _ model: Model, for device: any TargetDevice, faults: inout CalibrationFaults
  ) throws -> QuantizedModel? {
    guard !calibration.isEmpty else { return nil }
    defer { Terminal.endProgress() }
    let files = try files(for: model)
    Terminal.endProgress()
    for warning in files.damaged.warnings { Terminal.warning(warning) }
    for video in files.skipped.videos { Terminal.error("skipped: \(video.reason)") }
    files.skippedFiles.summary.map(Terminal.log)
    faults = CalibrationFaults(skipped: files.skipped.videos, warnings: files.damaged.warnings)
    let clips = files.clips
    let quantizer = Quantizer(
      observer: observer.observer, budget: accuracyBudget, budgetTime: .seconds(accuracyBudgetS), measuresLatency: true,
      weightRange: reduceRange ? .reduced : .full)
    return try model.deployed(for: device, quantizedBy: quantizer, clips: clips) {
      Terminal.progress("quantizing \(Int($0.share * 100)) %: \($0.stage), \($0.done + 1) of \($0.total)")
    }
  }

  /// Returns the clips of one path, or of an array for each input.
  private func files(for model: Model) throws -> CalibrationFiles {
    let names = model.graph.inputTypes.map(\.name)
    if let path = calibration.first, calibration.count == 1, !InputFiles.isNamed(path, names) {
      return try CalibrationFiles(at: path, for: model, count: calibrationClips, skipsBad: skipBad) {
        Terminal.progress("reading \($0.printable)")
      }
    }
    return try CalibrationFiles(
      arrays: InputFiles.files(calibration, for: names, option: "--calibration"), for: model, count: calibrationClips)
  }

  /// Writes the report, and prints the headline.
  func show(_ report: QuantizationReport, of model: String, faults: CalibrationFaults) throws {
    for line in report.headline { Terminal.log(line) }
    guard let path = self.report else { return }
    let text =
      switch URL(fileURLWithPath: path).pathExtension.lowercased() {
      case "html", "htm": report.html(model: model, origin: .command())
      case "json": Self.json(report, faults).text(pretty: true) + "\n"
      default: report.text + "\n"
      }
    try AtomicFile.write(to: path) { file in try file.append(Array(text.utf8)) }
  }
}

extension CalibrationOptions {
  private static func json(_ report: QuantizationReport, _ faults: CalibrationFaults) -> JSON {
    guard case .object(var object) = report.json else { return report.json }
    object["skipped"] = faults.skipped.json
    object["warnings"] = JSON(faults.warnings)
    return .object(object)
  }
}

/// What is wrong with calibration files.
struct CalibrationFaults {
  /// Files that could not be read.
  var skipped: [SkippedVideos.Video] = []
  /// Warnings about damaged videos that were used.
  var warnings: [String] = []

  /// Ends a command that succeeded, except for calibration files that could not be read.
  func finish() throws {
    if !skipped.isEmpty { throw ExitCode.partial }
  }
}

extension AccuracyBudget: ExpressibleByArgument {
  /// Parses a budget of the command line.
  public init?(argument: String) { self.init(argument) }
}

/// An observer, or the automatic choice.
enum ObserverChoice: ExpressibleByArgument, Equatable {
  case auto
  case named(Observer)

  static var allValueStrings: [String] { ["auto"] + Observer.allCases.map(\.rawValue) }

  init?(argument: String) {
    if argument == "auto" {
      self = .auto
    } else if let observer = Observer(rawValue: argument) {
      self = .named(observer)
    } else {
      return nil
    }
  }

  var defaultValueDescription: String { observer?.rawValue ?? "auto" }

  /// The observer; nil for the automatic choice.
  var observer: Observer? {
    guard case .named(let observer) = self else { return nil }
    return observer
  }
}
