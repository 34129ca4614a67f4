import ArgumentParser
import VideoAccelerator

/// The options by which the classes of clips or of a stream become steady.
struct SmoothingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Average scores over this time; 0: off. (default: a clip's length)",
      valueName: "seconds"))
  var smoothing: Double?

  @Option(
    help: ArgumentHelp(
      "By how much another class must lead to take over, 0 to 1. (default: 0.1)",
      valueName: "score"))
  var hysteresis: Double?

  @Option(
    help: ArgumentHelp(
      "How long a class lasts at least; 0: off. (default: a clip's length, at least 1)",
      valueName: "seconds"))
  var minSegment: Double?

  /// Whether any of the options was given.
  var isUsed: Bool { smoothing != nil || hysteresis != nil || minSegment != nil }

  private static let margin = 0.1

  /// The smoothing of a timeline with these options.
  var value: VideoTimeline.Smoothing {
    VideoTimeline.Smoothing(window: smoothing, margin: hysteresis ?? Self.margin, shortest: minSegment)
  }

  /// Sets these options for a stream.
  ///
  /// - Parameters:
  ///   - options: The options of the stream.
  ///   - clipLength: The length of a clip in seconds.
  func apply(to options: inout StreamOptions, clipLength: Double) {
    options.window = smoothing ?? clipLength
    options.margin = hysteresis ?? Self.margin
    options.shortest = minSegment ?? max(clipLength, 1)
  }

  func validate() throws {
    for (name, seconds) in [("smoothing", smoothing), ("min-segment", minSegment)] {
      if let seconds, !(seconds >= 0 && seconds.isFinite) {
        throw ValidationError("--\(name) must be 0 seconds or more.")
      }
    }
    if let hysteresis, !(0...1).contains(hysteresis) { throw ValidationError("--hysteresis must be 0 to 1.") }
  }
}
