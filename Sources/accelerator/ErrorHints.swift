import CPU
import Models
import Formats
import Passes
import Training
import Video
import Zoo
import VideoAccelerator

/// Adds the command's options to errors: libraries state facts and know nothing about a command line.
enum ErrorHints {
  /// Returns the error's sentence with the solution; a list of problems has a line for each.
  static func sentence(_ error: any UserFacingError) -> String {
    (error is ONNXImportError ? "\(error)" : "\(error)".printable) + (hint(for: error).map { "; \($0)" } ?? "")
  }

  private static func hint(for error: any UserFacingError) -> String? {
    switch error {
    case let error as ModelRequestError: hint(for: error)
    case let error as ZooError: hint(for: error)
    case let error as StateDictMismatch: hint(for: error)
    case BatchError.exists: "use --resume to go on with it, or --force to replace it"
    case BatchError.noSettings, BatchError.otherSettings: "use another --output, or --force to replace it"
    case CheckpointError.severalWeights: "use --checkpoint-key KEY"
    case ModelError.notQuantized, RuntimeError.noQuantization, TransmuterError.needsCalibration: quantize
    case RankError.notSupported:
      "'swift build -c release --traits FFmpeg,MPI' does that, with Debian's packages libopenmpi-dev and openmpi-bin"
    case RankError.noSignOfLife: "use --resume"
    case VideoClassifierError.hasStates: "use 'accelerator watch FILE'"
    case ContinualError.refused: "without --stream, 'accelerator watch' runs it on clips"
    case VideoError.noFrames("standard input"):
      "an MP4 with its index at the end must be given as a file (-movflags +faststart of ffmpeg puts it first)"
    case TransmuterError.unknownTarget(let name): meant(name, TargetDevices.names)
    default: nil
    }
  }

  private static func hint(for error: ModelRequestError) -> String? {
    switch error {
    case .unknownModel(let name): meant(name, ModelRequest.names)
    case .notAModel(_, let reason) where reason.contains("weights"): "use --model NAME --checkpoint FILE"
    case .noWeights(let model):
      (source(of: model).map { "run \($0), or " } ?? "") + "use --checkpoint FILE, or --random-weights SEED"
    case .noResources: "scripts/install puts them there"
    case .ownWeights: "leave out --checkpoint, --classes and --random-weights"
    case .noFeatures: "--features takes a model by name or its folder, no .accel file"
    case .otherModel(_, _, let models): models.first.map { "use --model \($0)" }
    default: nil
    }
  }

  /// Returns what brings a model's weights here; nil if they are not published.
  private static func source(of model: String) -> String? {
    ZooRegistry.names.contains(model) ? "'accelerator zoo pull \(model)'" : FetchedModel(named: model)?.script
  }

  private static func hint(for error: StateDictMismatch) -> String? {
    if let classCounts = error.classCounts { return "use --classes \(classCounts.checkpoint)" }
    return CommandLine.arguments.contains("--verbose") ? nil : "--verbose lists all names"
  }

  private static func hint(for error: ZooError) -> String? {
    switch error {
    case .unknownModel(let name, let known): meant(name, known)
    case .changed(_, let name): "run 'accelerator zoo pull \(name) --force'"
    case .stalled, .interrupted: "run the command again to resume"
    default: nil
    }
  }

  private static let quantize = "deploy it with --precision int8 --calibration CLIPS"

  private static func meant(_ word: String, _ known: [String]) -> String? {
    Suggestion.closest(to: word, in: known).map { "did you mean '\($0)'?" }
  }
}
