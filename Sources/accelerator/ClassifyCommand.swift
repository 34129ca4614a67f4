import ArgumentParser
import Foundation
import VideoAccelerator

/// `accelerator classify`.
struct Classify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tells what videos show.",
    discussion: """
      Examples:
        accelerator classify clip.mp4
        accelerator classify clip.mp4 --model x3d_s --views 10 --crops 3 --top 3
        accelerator classify clip.mp4 --timeline --html timeline.html
        accelerator classify *.mp4 --skip-bad --format jsonl > labels.jsonl
        accelerator classify clip.mp4 --checkpoint mine.pyth --classes 12 --labels names.txt
        ffmpeg -i clip.mp4 -f rawvideo -pix_fmt rgb24 - | accelerator classify - --raw 640x360@25
      """)

  /// Formats of the results.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, jsonl
  }

  @Argument(
    help: "Video files; '-' reads raw RGB frames from standard input (see --raw).", completion: .file())
  var videos: [String]

  @OptionGroup var modelOptions: ModelOptions

  @Option(
    help: ArgumentHelp("Names of the classes: a text file with one a line.", valueName: "file"), completion: .file())
  var labels: String?

  @Option(help: ArgumentHelp("How many classes to print.", valueName: "k"))
  var top = 5

  @Option(help: ArgumentHelp("How many clips, spread over the video, are averaged.", valueName: "n"))
  var views = 1

  @Option(help: "Square crops of each clip, 1 (centre) or 3 (along the longer side), averaged too.")
  var crops = 1

  @OptionGroup var precisionOption: PrecisionOption

  @Option(help: ArgumentHelp("How many threads run the model.", valueName: "n"))
  var threads = 1

  @Option(help: ArgumentHelp("Size and rate of raw frames on standard input.", valueName: "WxH@FPS"))
  var raw: String?

  @Flag(help: "Say what is seen when: classes over time instead of for the whole video.")
  var timeline = false

  @Option(
    help: ArgumentHelp(
      "With --timeline: seconds from one clip to the next; half a clip's length if not given.", valueName: "seconds"))
  var step: Double?

  @Option(
    help: ArgumentHelp("With --timeline: write a page with pictures and curves too.", valueName: "file"),
    completion: .file(extensions: ["html"]))
  var html: String?

  @Flag(help: "Go on after a video that cannot be decoded.")
  var skipBad = false

  @Flag(help: "Print the feature vector that the classifier works on, instead of classes.")
  var features = false

  @Option(help: "How to print results: text, one json array, or one object a line (jsonl).")
  var format = Format.text

  func validate() throws {
    if !(1...1000).contains(views) { throw ValidationError("--views must be 1 to 1000.") }
    if crops != 1 && crops != 3 { throw ValidationError("--crops must be 1 or 3.") }
    if timeline {
      if views != 1 || features || videos.contains("-") {
        throw ValidationError("--timeline goes through video files: leave out --views, --features and '-'.")
      }
      if let step, !(step >= 0.01 && step.isFinite) { throw ValidationError("--step must be 0.01 seconds or more.") }
      if html != nil, videos.count > 1 { throw ValidationError("--html is for one video.") }
    } else if step != nil || html != nil {
      throw ValidationError("--step and --html go with --timeline.")
    }
    if top < 1 { throw ValidationError("--top must be 1 or more.") }
    if videos.contains("-") {
      if raw == nil { throw ValidationError("'-' reads raw frames: say which with --raw WxH@FPS.") }
      if videos.count > 1 { throw ValidationError("'-' cannot be mixed with files.") }
      if views != 1 {
        throw ValidationError("--views needs a video file: raw frames are looked at from first to last.")
      }
      if features { throw ValidationError("--features needs a video file.") }
    } else if raw != nil {
      throw ValidationError("--raw is for frames on standard input: give '-' as the video.")
    }
  }

  func run() async throws {
    let format = try raw.map { try RawVideoFormat($0) }
    if let html { try AtomicFile.check(html) }
    let names = try labels.map(Self.readLabels)
    let model = try modelOptions.loadRunnable(
      precision: precisionOption.precision, labels: names, head: features ? .features : .classifier)
    let classifier = try VideoClassifier(model, threads: threads)
    var printer = ResultPrinter(format: self.format, model: model.name, top: top)
    var failures = 0
    // What was found before a bad video is printed all the same.
    defer { printer.finish() }
    for (index, path) in videos.enumerated() {
      Terminal.progress("\(index + 1)/\(videos.count)  \(path)")
      let result: ResultPrinter.Result
      do {
        defer { Terminal.endProgress() }
        result = try self.result(of: path, classifier, model: model.name, format)
      } catch let error as any UserFacingError where skipBad {
        Terminal.error("skipped: \(error)")
        failures += 1
        continue
      }
      try printer.add(result, path: path)
    }
    if failures == videos.count { throw ModelRequestError.request("none of the videos could be decoded") }
  }

  private func result(
    of path: String, _ classifier: VideoClassifier, model: String, _ rawFormat: RawVideoFormat?
  ) throws -> ResultPrinter.Result {
    let views = VideoViews(clips: self.views, crops: crops == 3 ? SpatialCrop.three : [.center])
    if timeline {
      let timeline = try classifier.timeline(path: path, step: step, crops: views.crops)
      if let damage = timeline.damage { Terminal.error("warning: \(damage)") }
      if let html {
        let page = try TimelinePage(timeline, path: path, model: model)
        try AtomicFile.write(to: html) { try $0.append(Array(page.html.utf8)) }
      }
      return .timeline(timeline)
    }
    if features { return .features(try classifier.features(path: path, views: views)) }
    if let rawFormat {
      return .classes(try classifier.classify(raw: RawFrameReader(format: rawFormat), crops: views.crops))
    }
    let classes = try classifier.classify(path: path, views: views)
    if let damage = classes.damage { Terminal.error("warning: \(damage)") }
    return .classes(classes)
  }

  /// One label a line; empty lines at the end do not count.
  private static func readLabels(_ path: String) throws -> [String] {
    let file = try MappedFile(path: path)
    guard file.count <= 64 << 20, let text = String(bytes: file.copy(0..<file.count), encoding: .utf8) else {
      throw FormatError(path: path, "expected a text file with one label a line")
    }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }
}
