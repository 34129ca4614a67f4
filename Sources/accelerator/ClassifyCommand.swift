import Tensors
import Preprocessing
import Video
import Training
import ArgumentParser
import Foundation
import VideoAccelerator

/// `accelerator classify`.
struct Classify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Classify videos, or compute their features.",
    discussion: """
      EXAMPLES:
        accelerator classify clip.mp4
        accelerator classify videos/ --skip-bad --jobs 4 --format jsonl
        accelerator classify '*.mp4' --model x3d_s --views 10 --crops 3
        accelerator classify clip.mp4 --timeline --html timeline.html
        accelerator classify clip.mp4 --features --format jsonl
        ffmpeg -i clip.mp4 -f rawvideo -pix_fmt rgb24 - \\
          | accelerator classify - --raw 640x360@25

      A folder stands for all videos in it and in its subfolders, found by their
      contents; files that are no videos are counted on standard error.

      A video that cannot be decoded ends the command with exit code 2. With
      --skip-bad the others are classified all the same: it is named on standard
      error and in JSON ("error"), and the exit code is 3. A damaged one is
      classified by what can be decoded, with a warning (in JSON "damage").

      For many videos use --format jsonl: one object per line, as results come.
      """)

  /// Formats of the results.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, jsonl
  }

  @Argument(
    help: ArgumentHelp(
      "Video files, folders, or quoted patterns such as '*.mp4'; '-' reads raw RGB frames (see --raw).",
      valueName: "video"),
    completion: .file())
  var videos: [String]

  @OptionGroup var modelOptions: ModelOptions

  @Option(
    help: ArgumentHelp("Class names: a text file with one name per line.", valueName: "file"), completion: .file())
  var labels: String?

  @Option(help: ArgumentHelp("Number of classes to print.", valueName: "k"))
  var top = 5

  @Option(
    help: ArgumentHelp(
      """
      Number of clips, spread evenly over the video, whose scores are averaged. (default: as many as fit, up to \
      \(VideoViews.mostClips))
      """, valueName: "n"))
  var views: Int?

  @Option(help: "Square crops of each clip: 1 (center) or 3 (along the longer side).")
  var crops = 1

  @OptionGroup var precisionOption: PrecisionOption

  @OptionGroup var threadsOption: ThreadsOption

  @Option(help: ArgumentHelp("Number of videos processed at the same time; results keep their order.", valueName: "n"))
  var jobs = 1

  @Option(help: ArgumentHelp("Size and frame rate of raw frames on standard input.", valueName: "WxH@FPS"))
  var raw: String?

  @Flag(help: "Classify over time, clip after clip, instead of the whole video.")
  var timeline = false

  @Option(
    help: ArgumentHelp(
      "With --timeline: seconds from one clip to the next. (default: half a clip)", valueName: "seconds"))
  var step: Double?

  @OptionGroup(title: "With --timeline") var smoothingOptions: SmoothingOptions

  @Option(
    help: ArgumentHelp("With --timeline: also write an HTML page with pictures and charts.", valueName: "file"),
    completion: .file(extensions: ["html"]))
  var html: String?

  @Flag(help: "Skip videos that cannot be decoded (exit code 3).")
  var skipBad = false

  @Flag(help: "Print the feature vector before the classifier instead of classes.")
  var features = false

  @Option(help: "Output format: text, one JSON array, or one JSON object per line.")
  var format = Format.text

  func validate() throws {
    if let views, !(1...1000).contains(views) { throw ValidationError("--views must be 1 to 1000.") }
    if crops != 1 && crops != 3 { throw ValidationError("--crops must be 1 or 3.") }
    try ThreadCount.check(jobs, option: "--jobs")
    if jobs > 1 { try ThreadCount.check(min(jobs * threadsOption.threads, 256), option: "--jobs × --threads =") }
    if timeline {
      if views != nil || features || videos.contains("-") {
        throw ValidationError("--timeline cannot be combined with --views, --features or '-'.")
      }
      if let step, !(step >= 0.01 && step.isFinite) { throw ValidationError("--step must be 0.01 seconds or more.") }
      if html != nil, videos.count > 1 { throw ValidationError("--html is for one video.") }
      try OutputFiles.checkExtension(of: html, ["html"], option: "--html", contents: "a page")
    } else if step != nil || html != nil || smoothingOptions.isUsed {
      throw ValidationError("--step, --smoothing, --hysteresis, --min-segment and --html need --timeline.")
    }
    if top < 1 { throw ValidationError("--top must be 1 or more.") }
    if videos.contains("-") {
      if raw == nil { throw ValidationError("'-' reads raw frames: give their size and rate with --raw WxH@FPS.") }
      if videos.count > 1 { throw ValidationError("'-' cannot be combined with files.") }
      if features { throw ValidationError("--features needs a video file.") }
    } else if raw != nil {
      throw ValidationError("--raw is for frames on standard input: give '-' as the video.")
    }
  }

  func run() async throws {
    let format = try raw.map { try RawVideoFormat($0) }
    let names = try labels.map(LabelFile.read)
    let videos = try format == nil ? VideoInputs(videos).paths : videos
    try OutputFiles.check([("--html", html)], inputs: videos + [modelOptions.file, modelOptions.checkpoint, labels])
    if html != nil, videos.count > 1 { throw UsageError("--html is for one video, and there are \(videos.count)") }
    let model = try modelOptions.loadRunnable(
      precision: precisionOption.precision, labels: names, head: features ? .features : .classifier)
    let classifier = try VideoClassifier(model, threads: threadsOption.threads)
    let printer = ResultPrinter(format: self.format, model: model.name, top: top)
    Interruption.onEnd { printer.finishAtOnce() }
    let failures: Int
    do {
      failures = try classify(videos, with: classifier, model: model.name, format, printer)
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

  /// Classifies all videos and prints the results in order; returns the number of skipped ones.
  private func classify(
    _ videos: [String], with classifier: VideoClassifier, model: String, _ format: RawVideoFormat?,
    _ printer: ResultPrinter
  ) throws -> Int {
    let workers = OrderedWorkers<Result<ResultPrinter.Result, any Error>>(
      jobs: videos.indices, threads: min(jobs, videos.count), ahead: 2 * jobs
    ) { index, _ in
      // A failure is a result like others, as the videos after it may count.
      Result { try result(of: videos[index], classifier, model: model, format) }
    }
    var failures = 0
    for (index, path) in videos.enumerated() {
      Terminal.progress("video \(index + 1) of \(videos.count): \(displayName(ofPath: path))")
      let result = try workers.next()
      Terminal.endProgress()
      do {
        guard let result = try result?.get() else { break }
        try printer.add(result, path: path)
      } catch {
        guard let reason = VideoFault.reason(error, isAbout: path) else { throw error }
        try printer.add(failure: reason, path: path)
        guard skipBad else { throw error }
        Terminal.error("skipped: \(reason)")
        failures += 1
      }
    }
    return failures
  }

  private func result(
    of path: String, _ classifier: VideoClassifier, model: String, _ rawFormat: RawVideoFormat?
  ) throws -> ResultPrinter.Result {
    let video = VideoFile(path: path)
    let views = VideoViews(clips: self.views, crops: crops == 3 ? SpatialCrop.three : [.center])
    if timeline {
      let timeline = try classifier.timeline(
        of: video, step: step, crops: views.crops, smoothing: smoothingOptions.value)
      VideoInputs.warn(of: timeline.damage)
      if let html {
        let page = try TimelinePage(timeline, path: path, model: model)
        try AtomicFile.write(to: html) {
          try $0.append(Array(page.html(origin: .command(threads: threadsOption.threads)).utf8))
        }
      }
      return .timeline(timeline)
    }
    if features {
      let features = try classifier.features(of: video, views: views)
      VideoInputs.warn(of: features.damage)
      return .features(features)
    }
    let classes =
      if let rawFormat {
        try classifier.classify(RawFrameReader(format: rawFormat), views: views)
      } else {
        try classifier.classify(video, views: views)
      }
    VideoInputs.warn(of: classes.damage)
    return .classes(classes)
  }
}
