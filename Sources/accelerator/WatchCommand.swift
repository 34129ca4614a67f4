import ArgumentParser
import Foundation
import Preprocessing
import Tensors
import Video
import VideoAccelerator

/// `accelerator watch`.
struct Watch: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Classify a live video: a stream, a camera, a pipe or a file.",
    discussion: """
      EXAMPLES:
        accelerator watch rtsp://camera.local/live
        accelerator watch /dev/video0 --model x3d_s --stream --threads 2
        accelerator watch udp://0.0.0.0:1234 --format jsonl > labels.jsonl
        accelerator watch https://example.org/live.m3u8 --every 5
        accelerator watch rtsp://camera.local/live --save-clips events/ \\
          --only 'pan left' --only 'pan right'
        accelerator watch clip.mp4 --live
        ffmpeg -i clip.mp4 -f mpegts - | accelerator watch -
        ffmpeg -i clip.mp4 -f rawvideo -pix_fmt rgb24 - \\
          | accelerator watch - --raw 640x360@25

      A line is printed for each change of the class, or every so many seconds.
      Models that take clips run on clips that overlap. With --stream they compute
      each frame once, for a fraction of the work, without the padding of clips:
      a model trained on short clips may then give other classes, so compare both
      on videos of yours. Results lag by some seconds, and say by how many.

      What happens to the source (a stall, another size, a jump in time, a loss) is
      told on standard error. A stream or camera that is lost is opened again, after
      0.5 s at first and up to 30 s; then, and after a jump in time or a gap that is
      too long to fill with the last frame, predictions begin anew.

      Frames of a live source that come faster than they can be classified are
      dropped, the oldest first, and counted. Frames of files and pipes wait, unless
      --live is given.

      Ctrl-C ends with a summary and exit code 130. A clip that could not be written
      makes the exit code 3.
      """)

  @Argument(
    help: ArgumentHelp(
      "A stream's URL, a camera (/dev/video0), a file, or '-' for standard input.", valueName: "source"),
    completion: .file())
  var source: String

  @OptionGroup var modelOptions: ModelOptions

  @Option(
    help: ArgumentHelp("Class names: a text file with one name per line.", valueName: "file"), completion: .file())
  var labels: String?

  @OptionGroup var precisionOption: PrecisionOption

  @OptionGroup var threadsOption: ThreadsOption

  @Option(help: ArgumentHelp("Size and frame rate of raw frames on standard input.", valueName: "WxH@FPS"))
  var raw: String?

  @Flag(help: "Take a file at its own pace, or standard input as it comes, and drop frames rather than fall behind.")
  var live = false

  @Option(help: ArgumentHelp("Print a line every so many seconds, and not for each change.", valueName: "seconds"))
  var every: Double?

  @Option(help: ArgumentHelp("Number of classes to print.", valueName: "k"))
  var top = 1

  @Option(help: ArgumentHelp("Print changes to this class only; repeat for others.", valueName: "label"))
  var only: [String] = []

  @Option(help: ArgumentHelp("Print only classes with this score or more, 0 to 1.", valueName: "score"))
  var minScore = 0.0

  @Option(help: "Output format: text, one JSON array, or one JSON object per line.")
  var format = Classify.Format.text

  @OptionGroup var smoothingOptions: SmoothingOptions

  @OptionGroup var continualOptions: ContinualOptions

  @Option(
    help: ArgumentHelp(
      "Frames from one clip to the next, where the model runs on clips. (default: half a clip)", valueName: "n"))
  var stride: Int?

  @Option(
    help: ArgumentHelp(
      """
      Longest time without frames that is filled with the last one. (default: half of the time that a result depends \
      on, at least a clip and 1)
      """, valueName: "seconds"))
  var longestGap: Double?

  @OptionGroup var clipOptions: EventClipOptions

  @OptionGroup var connectionOptions: ConnectionOptions

  @Option(help: ArgumentHelp("End after so many seconds of video.", valueName: "seconds"))
  var duration: Double?

  @Option(help: ArgumentHelp("End after so many frames.", valueName: "n"))
  var frames: Int?

  func validate() throws {
    for (name, value) in [("--every", every), ("--duration", duration), ("--longest-gap", longestGap)] {
      if let value, !(value > 0 && value.isFinite) { throw ValidationError("\(name) must be more than 0 seconds.") }
    }
    if top < 1 { throw ValidationError("--top must be 1 or more.") }
    if !(0...1).contains(minScore) { throw ValidationError("--min-score must be 0 to 1.") }
    try NumberRange.check(stride, NumberRange.window, option: "--stride")
    if stride != nil, continualOptions.stream {
      throw ValidationError("--stride is from clip to clip: leave it out with --stream.")
    }
    if let frames, frames < 1 { throw ValidationError("--frames must be 1 or more.") }
    if raw != nil, source != "-" {
      throw ValidationError("--raw is for frames on standard input: give '-' as the source.")
    }
  }

  func run() throws {
    let format = try raw.map { try RawVideoFormat($0) }
    let source = try LiveSource(source, isPaced: live, rawFormat: format)
    let model = try modelOptions.loadRunnable(
      precision: precisionOption.precision, labels: labels.map(LabelFile.read))
    for label in only where !model.labels.contains(label) {
      let hint = Suggestion.closest(to: label, in: model.labels).map { "; did you mean '\($0)'?" } ?? ""
      throw UsageError("\(model.name) has no class '\(label.printable)'\(hint)")
    }
    let classifier = try FrameClassifier(
      model, precision: precisionOption.precision, threads: threadsOption.threads, options: options(for: model))
    let clips = try clipOptions.clips(lag: classifier.lag, longestGap: classifier.longestGap)
    let classification = try LiveClassifier(
      source, classifier, options: connectionOptions.value, limits: LiveLimits(seconds: duration, frames: frames),
      convertsAllFrames: clips != nil, dropsFrames: live ? true : nil
    ) { if Interruption.isAskedFor { throw ExitCode.interrupted } }

    Interruption.watch()
    let list = ResultList(format: self.format)
    Interruption.onEnd { list.finishAtOnce() }
    let watch = WatchRun(self, source: source, classification, classifier, clips: clips, list: list)
    defer { Terminal.endView() }
    let result = Result { try classification.run { try watch.handle($0) } }
    try watch.finish()
    try result.get()
    if watch.hasFailures { throw ExitCode.partial }
  }

  private func options(for model: Model) throws -> StreamOptions {
    var options = StreamOptions(topCount: max(top, WatchView.rowCount))
    smoothingOptions.apply(to: &options, clipLength: try model.requiredClipInputs().clip.duration)
    if continualOptions.stream { options.method = .continual }
    (options.stride, options.headWindow, options.longestGap) = (stride, continualOptions.headWindow, longestGap)
    return options
  }
}
