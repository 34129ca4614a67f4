import ArgumentParser
import Video
import VideoAccelerator

/// The options of the files that are written of events.
struct EventClipOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Also write the seconds around each change that is printed as an MP4 file, or changes that are near to each other.",
      valueName: "folder"),
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
  ///
  /// - Parameters:
  ///   - lag: How long after what happened a change is seen, in seconds.
  ///   - longestGap: The longest time between two frames in seconds that are in one clip.
  func clips(lag: Double, longestGap: Double) throws -> EventClips? {
    try saveClips.map {
      try EventClips(folder: $0, before: clipBefore + lag, after: max(0, clipAfter - lag), longestGap: longestGap)
    }
  }
}

/// The options of a source that may be lost.
struct ConnectionOptions: ParsableArguments {
  @Flag(inversion: .prefixedNo, help: "Open a source again that was lost.")
  var reconnect = true

  @Option(help: ArgumentHelp("Give up after so many attempts to open it again. (default: never)", valueName: "n"))
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
