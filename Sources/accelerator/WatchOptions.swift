import ArgumentParser
import Video
import VideoAccelerator

/// The options of how a model runs on a stream.
struct StreamMethodOptions: ParsableArguments {
  @Flag(help: "Run on clips that overlap, also where the model could compute each frame once.")
  var windows = false

  @Option(help: ArgumentHelp("Frames from one of these clips to the next. (default: half a clip)", valueName: "n"))
  var stride: Int?

  @Option(
    help: ArgumentHelp(
      "Where each frame is computed once: number of frames that the model's final mean covers. (default: as many as a clip has)",
      valueName: "n"))
  var headWindow: Int?

  func validate() throws {
    if windows, headWindow != nil {
      throw ValidationError("--head-window is for frames that are computed once each: leave out --windows.")
    }
  }

  /// Sets these options for a stream.
  func apply(to options: inout StreamOptions) {
    if windows { options.method = .windows }
    (options.stride, options.headWindow) = (stride, headWindow)
  }
}

/// The options of the files that are written of events.
struct EventClipOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Also write the seconds around each printed change as an MP4 file.", valueName: "folder"),
    completion: .directory)
  var saveClips: String?

  @Option(help: ArgumentHelp("Seconds of a clip before the change.", valueName: "seconds"))
  var clipBefore = 3.0

  @Option(help: ArgumentHelp("Seconds of a clip after the change.", valueName: "seconds"))
  var clipAfter = 3.0

  func validate() throws {
    if saveClips?.isEmpty == true { throw ValidationError("--save-clips must name a folder.") }
    for (name, value) in [("--clip-before", clipBefore), ("--clip-after", clipAfter)] where !(0...60).contains(value) {
      throw ValidationError("\(name) must be 0 to 60 seconds.")
    }
  }

  /// Returns what writes the clips; nil unless they are asked for.
  func clips() throws -> EventClips? {
    try saveClips.map { try EventClips(folder: $0, before: clipBefore, after: clipAfter) }
  }
}

/// The options of a source that may be lost.
struct ConnectionOptions: ParsableArguments {
  @Flag(inversion: .prefixedNo, help: "Open a source again that was lost.")
  var reconnect = true

  @Option(help: ArgumentHelp("Give up after so many attempts. (default: never)", valueName: "n"))
  var attempts: Int?

  @Option(
    help: ArgumentHelp(
      "Seconds without a frame, also at the beginning, after which a source counts as lost.", valueName: "seconds"))
  var stallTimeout = LiveOptions().timeLimit

  @Option(help: "How RTSP carries the video.")
  var transport = LiveOptions.Transport.tcp

  func validate() throws {
    if !(stallTimeout >= 0.1 && stallTimeout <= 86400) {
      throw ValidationError("--stall-timeout must be 0.1 to 86400 seconds.")
    }
    try NumberRange.check(attempts, NumberRange.counts, option: "--attempts")
    if attempts != nil, !reconnect { throw ValidationError("--attempts needs --reconnect.") }
  }

  var value: LiveOptions {
    LiveOptions(timeLimit: stallTimeout, attempts: reconnect ? attempts : 0, transport: transport)
  }
}

extension LiveOptions.Transport: ExpressibleByArgument {}
