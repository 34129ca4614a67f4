import ArgumentParser
import VideoAccelerator

/// The options of a timeline's smoothing.
struct SmoothingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "With --timeline: average scores over this time; 0: off. (default: a clip's length)",
      valueName: "seconds"))
  var smoothing: Double?

  @Option(
    help: ArgumentHelp(
      "With --timeline: by how much another class must lead to take over, 0 to 1. (default: 0.1)",
      valueName: "score"))
  var hysteresis: Double?

  @Option(
    help: ArgumentHelp(
      "With --timeline: merge shorter segments into a neighbor; 0: off. (default: a clip's length, at least 1)",
      valueName: "seconds"))
  var minSegment: Double?

  /// Whether any of the options was given.
  var isUsed: Bool { smoothing != nil || hysteresis != nil || minSegment != nil }

  /// The smoothing with these options.
  var value: VideoTimeline.Smoothing {
    VideoTimeline.Smoothing(window: smoothing, margin: hysteresis ?? 0.1, shortest: minSegment)
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
