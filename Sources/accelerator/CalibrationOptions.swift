import ArgumentParser
import Foundation
import VideoAccelerator

/// The options of quantization.
struct CalibrationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "For int8: calibration clips, as a video, a folder of videos or a .npy file [N, 3, T, H, W].",
      valueName: "path"), completion: .file())
  var calibration: String?

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

  /// Whether any of the options was given.
  var isUsed: Bool {
    calibration != nil || calibrationClips != 32 || observer != .auto || report != nil || accuracyBudget != nil
      || accuracyBudgetS != 600
  }

  func validate() throws {
    if !(1...86_400).contains(accuracyBudgetS) { throw ValidationError("--accuracy-budget-s must be 1 to 86400.") }
    if calibrationClips < 1 { throw ValidationError("--calibration-clips must be 1 or more.") }
  }

  /// The model in integers; nil without calibration.
  func deployed(_ model: ZooModel, for device: any TargetDevice) throws -> DeployedModel? {
    guard let calibration else { return nil }
    defer { Terminal.endProgress() }
    let clips = try CalibrationFiles.clips(at: calibration, recipe: model.recipe, count: calibrationClips) {
      Terminal.progress("reading \($0)")
    }
    let quantizer = Quantizer(
      observer: observer.observer, budget: accuracyBudget, budgetTime: .seconds(accuracyBudgetS), measuresLatency: true)
    return try model.deployed(for: device, quantizedBy: quantizer, clips: clips) {
      Terminal.progress("quantizing \(Int($0.share * 100)) %: \($0.stage), \($0.done + 1) of \($0.total)")
    }
  }

  /// Writes the report, and tells the headline.
  func show(_ report: QuantizationReport, of model: String) throws {
    for line in report.headline { Terminal.log(line) }
    guard let path = self.report else { return }
    let text =
      switch URL(fileURLWithPath: path).pathExtension.lowercased() {
      case "html", "htm": report.html(model: model)
      case "json": report.json.text(pretty: true) + "\n"
      default: report.text + "\n"
      }
    try AtomicFile.write(to: path) { file in try file.append(Array(text.utf8)) }
  }
}

extension AccuracyBudget: ExpressibleByArgument {
  /// A budget as it is written on the command line.
  public init?(argument: String) { self.init(argument) }
}

/// An observer, or the choice among them.
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

  /// The observer; nil for the choice among them.
  var observer: Observer? {
    guard case .named(let observer) = self else { return nil }
    return observer
  }
}
