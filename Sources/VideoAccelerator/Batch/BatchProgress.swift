import Reports

/// How far a batch is.
public struct BatchProgress: Sendable, Equatable {
  /// The number of videos of the list, or of the shard.
  public let total: Int
  /// The number of videos that were finished before this run.
  public let resumed: Int
  /// The number of videos that are finished, failed ones among them.
  public internal(set) var finished: Int
  /// The number of videos that cannot be used.
  public internal(set) var failed: Int

  /// Whether all videos are finished.
  public var isComplete: Bool { finished == total }

  /// The progress as in `123 of 200 videos (4 failed), 3.1/s, 00:25 left`.
  ///
  /// - Parameter seconds: The time that this run has taken so far.
  public func text(after seconds: Double) -> String {
    let failures = failed == 0 ? "" : " (\(failed) failed)"
    let here = finished - resumed
    guard here > 0, seconds > 0 else { return "\(finished) of \(total) videos\(failures)" }
    let rate = Double(here) / seconds
    let left = Self.clock((Double(total - finished) / rate).rounded(.up))
    return "\(finished) of \(total) videos\(failures), \(Self.text(ofRate: rate)), \(left) left"
  }

  /// Returns a rate with a useful number of digits: per second, or per minute if there is less than one in a second.
  package static func text(ofRate rate: Double) -> String {
    rate < 1 ? "\((60 * rate).fixed(1))/min" : "\(rate.fixed(rate < 100 ? 1 : 0))/s"
  }

  private static func clock(_ seconds: Double) -> String {
    // Hundreds of years are as good as any other number for a rate that is next to nothing.
    let seconds = Int(min(seconds, 1e10))
    let parts = seconds < 3600 ? [seconds / 60, seconds % 60] : [seconds / 3600, seconds / 60 % 60, seconds % 60]
    return parts.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
  }
}
