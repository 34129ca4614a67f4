import ArgumentParser
import Foundation
import Tensors
import Video
import VideoAccelerator
import Zoo

/// `accelerator shots`.
struct Shots: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find the shots of videos, and write them as files.",
    discussion: """
      EXAMPLES:
        scripts/fetch-transnetv2
        accelerator shots film.mp4
        accelerator shots videos/ --skip-bad --format jsonl
        accelerator shots film.mp4 --format edl > film.edl
        accelerator shots film.mp4 --format html > shots.html
        accelerator shots film.mp4 --split shots/

      Frames are counted from 0, and the last one of a shot is part of it. Frames of
      a long transition belong to no shot. Times are the frames' own, also at a
      variable rate.

      In int8 the model needs calibration on frames of videos:
        accelerator deploy --model transnetv2 --precision int8 \\
          --calibration videos/ --output shots.accel
        accelerator shots film.mp4 --model shots.accel

      A video that cannot be decoded ends the command with exit code 2. With
      --skip-bad the others are processed all the same: it is named on standard
      error and in JSON ("error"), and the exit code is 3. A damaged one is used as
      far as it can be decoded, with a warning (in JSON "damage").
      """)

  /// Formats of the results.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, jsonl, edl, html
  }

  @Argument(
    help: ArgumentHelp("Video files, folders, or quoted patterns such as '*.mp4'.", valueName: "video"),
    completion: .file())
  var videos: [String]

  @Option(
    help: ArgumentHelp("TransNet V2: transnetv2, a model folder or an .accel file.", valueName: "model"),
    completion: .list(FetchedModel.all.map(\.name)))
  var model = FetchedModel.transNetV2.name

  @Option(
    help: ArgumentHelp("Weights: a .pyth, .pt, .pth or .safetensors file.", valueName: "file"),
    completion: .file(extensions: ["pyth", "pt", "pth", "safetensors"]))
  var checkpoint: String?

  @OptionGroup var checkpointOptions: CheckpointOptions

  @Option(help: ArgumentHelp("Untrained weights from a random seed, for tests.", valueName: "seed"))
  var randomWeights: UInt64?

  @Option(help: ArgumentHelp("Score above which a frame is a transition, between 0 and 1.", valueName: "score"))
  var threshold = ShotDetector.threshold

  @OptionGroup var precisionOption: PrecisionOption

  @OptionGroup var threadsOption: ThreadsOption

  @Option(
    help: ArgumentHelp(
      "Also write each shot as a file, NAME-001.mp4, in H.264: exactly its frames, without sound.", valueName: "folder"),
    completion: .directory)
  var split: String?

  @Flag(help: "Skip videos that cannot be decoded (exit code 3).")
  var skipBad = false

  @Option(
    help: """
      Output format: text, one JSON array, one JSON object per line, an edit list (CMX 3600; drop-frame timecode at 29.97 and \
      59.94 frames per second), or a page with a picture of each shot.
      """)
  var format = Format.text

  func validate() throws {
    guard threshold > 0, threshold < 1 else { throw ValidationError("--threshold must be between 0 and 1.") }
    if format == .edl || format == .html, videos.count > 1 {
      throw ValidationError("--format \(format.rawValue) is for one video.")
    }
  }

  func run() throws {
    let videos = try VideoInputs(videos).paths
    if format == .edl || format == .html, videos.count > 1 {
      throw UsageError("--format \(format.rawValue) is for one video, and there are \(videos.count)")
    }
    let detector = try ShotDetector(load(), precision: precisionOption.precision, threads: threadsOption.threads)
    let printer = ResultPrinter(format: format.ofResults, model: detector.modelName)
    Interruption.onEnd { printer.finishAtOnce() }
    let failures: Int
    do {
      failures = try find(videos, with: detector, printer)
    } catch {
      // Earlier results form a whole array nevertheless.
      try printer.finish()
      throw error
    }
    try printer.finish()
    if failures == 0 { return }
    if failures == videos.count { throw UsageError("none of the videos could be decoded") }
    Terminal.error("\(failures) of \(videos.count) videos skipped")
    throw ExitCode.partial
  }

  private func load() throws -> Model {
    let model = try checkpointOptions.explaining {
      try ModelRequest(
        self.model, checkpoint: checkpoint, checkpointKey: checkpointOptions.checkpointKey, randomWeights: randomWeights
      ).load { checkpointOptions.report($0) }
    }
    if model.provenance.isUntrained {
      Terminal.note("the weights are untrained (--random-weights): shots have no meaning")
    }
    return model
  }

  /// Finds the shots of all videos and prints them; returns the number of skipped videos.
  private func find(
    _ videos: [String], with detector: ShotDetector, _ printer: ResultPrinter
  ) throws -> Int {
    var failures = 0
    var written: [String: String] = [:]
    for (index, path) in videos.enumerated() {
      let shots: VideoShots
      do {
        shots = try detector.shots(
          of: VideoFile(path: path), threshold: threshold, progress: progress(index, videos))
        Terminal.endProgress()
      } catch {
        Terminal.endProgress()
        guard let reason = VideoFault.reason(error, isAbout: path) else { throw error }
        try printer.add(failure: reason, path: path)
        guard skipBad else { throw error }
        Terminal.error("skipped: \(reason)")
        failures += 1
        continue
      }
      VideoInputs.warn(of: shots.damage)
      if let split { try write(shots, of: path, to: split, inputs: videos, &written) }
      try show(shots, of: path, model: detector.modelName, printer)
    }
    return failures
  }

  private func progress(_ index: Int, _ videos: [String]) -> @Sendable (VideoProgress) -> Void {
    let name = displayName(ofPath: videos[index])
    let place = "video \(index + 1) of \(videos.count): \(name)"
    return { Terminal.progress("\(place)  \(Int(100 * $0.seconds / max($0.duration, 1e-9))) %") }
  }

  private func show(_ shots: VideoShots, of path: String, model: String, _ printer: ResultPrinter) throws {
    switch format {
    case .text, .json, .jsonl: try printer.add(.shots(shots), path: path)
    case .edl: try Terminal.result(shots.editList(name: FileSystem.name(of: path)), terminator: "")
    case .html:
      let page = try ShotsPage(shots, path: path, model: model)
      try Terminal.result(page.html(origin: .command(threads: threadsOption.threads)), terminator: "")
    }
  }

  /// Writes the shots of a video as files, unless that would replace files that this command reads or wrote.
  private func write(
    _ shots: VideoShots, of path: String, to folder: String, inputs: [String], _ written: inout [String: String]
  ) throws {
    let files = ShotFiles(shots, of: path, in: folder)
    if let first = files.paths.first, let other = written.updateValue(path, forKey: first) {
      throw UsageError(
        "the shots of \(other.printable) and \(path.printable) have the same names in \(folder.printable)")
    }
    try FileSystem.makeFolder(folder)
    try OutputFiles.check(files.paths.map { ("--split", $0) }, inputs: inputs)
    try files.write(threads: threadsOption.threads) {
      Terminal.progress("writing shot \($0 + 1) of \(files.paths.count)")
    }
    Terminal.endProgress()
  }
}

extension Shots.Format {
  /// The format in which results of several videos are printed.
  fileprivate var ofResults: Classify.Format {
    switch self {
    case .json: .json
    case .jsonl: .jsonl
    case .text, .edl, .html: .text
    }
  }
}
