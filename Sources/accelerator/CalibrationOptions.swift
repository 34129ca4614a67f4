import ArgumentParser
import Foundation
import VideoAccelerator

/// The options of quantising.
struct CalibrationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "For int8: clips to learn from, as a video, a folder of videos or a .npy file [N, 3, T, H, W].",
      valueName: "path"), completion: .file())
  var calibration: String?

  @Option(help: ArgumentHelp("For int8: how many clips to take.", valueName: "n"))
  var calibrationClips = 32

  @Option(help: "For int8: how ranges follow from what was seen; auto measures which way loses least.")
  var observer = ObserverChoice.auto

  @Option(
    help: ArgumentHelp(
      "For int8: where a report of the precision of each layer goes: a page, JSON or text, by the name's ending.",
      valueName: "file"), completion: .file(extensions: ["html", "json", "txt"]))
  var report: String?

  @Option(
    help: ArgumentHelp(
      "For int8: how much of the signal, or how many clips' class, must be kept; the worst layers stay in fp32.",
      valueName: "20dB|99%"))
  var accuracyBudget: AccuracyBudget?

  /// Whether any of the options was given.
  var isUsed: Bool {
    calibration != nil || calibrationClips != 32 || observer != .auto || report != nil || accuracyBudget != nil
  }

  func validate() throws {
    if calibrationClips < 1 { throw ValidationError("--calibration-clips must be 1 or more.") }
  }

  /// The model in integers; nil without calibration.
  func deployed(_ model: ZooModel, for device: any TargetDevice) throws -> DeployedModel? {
    guard let calibration else { return nil }
    defer { Terminal.endProgress() }
    let clips = try CalibrationFiles.clips(at: calibration, recipe: model.recipe, count: calibrationClips) {
      Terminal.progress("reading \($0)")
    }
    let quantizer = Quantizer(observer: observer.observer, budget: accuracyBudget, measuresLatency: true)
    return try model.deployed(for: device, quantizedBy: quantizer, clips: clips) {
      Terminal.progress("\($0.stage): clip \($0.done + 1) of \($0.total)")
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
