/// Turns the times that a source states into seconds that always ascend.
struct LiveTimeline {
  /// A leap of less backwards is disorder, in which frames come shortly after one another.
  static let disorder = 0.5
  /// A leap of more forwards, beyond the time that has passed, is not a gap but another clock.
  static let longestGap = 2.0
  /// The same where frames do not come at their own pace: a recording may show a picture for some time.
  static let longestPicture = 60.0
  /// The least time between two frames: the clock of MPEG has 90,000 ticks in a second.
  static let shortestStep = 1e-3

  /// Whether frames come at their own pace, so that their arrival tells the time as well.
  var isLive: Bool
  /// What is added to the source's times; nil before the first one, and after a reconnection.
  private var offset: Double?
  private var last: (timestamp: Double, arrival: Double)?
  /// The time between the last two frames; a 25th of a second at first.
  private var usualStep = 0.04

  init(isLive: Bool) { self.isLive = isLive }

  /// Returns a frame's timestamp, and by how many seconds the source's clock has leapt before it, if it has.
  ///
  /// - Parameters:
  ///   - time: The frame's time according to the source, in seconds; nil if it states none.
  ///   - arrival: When it arrived, in seconds by a clock of this machine.
  mutating func timestamp(of time: Double?, arrival: Double) -> (seconds: Double, leap: Double?) {
    guard let last else {
      offset = time.map { -$0 }
      self.last = (0, arrival)
      return (0, nil)
    }
    let elapsed = isLive ? arrival - last.arrival : 0
    let next = last.timestamp + max(isLive ? elapsed : usualStep, Self.shortestStep)
    var result = (seconds: next, leap: Double?.none)
    if let time, let offset {
      let step = time + offset - last.timestamp
      let limit = isLive ? elapsed + Self.longestGap : Self.longestPicture
      if step < -Self.disorder || step > limit {
        result.leap = step
        self.offset = next - time
      } else {
        result.seconds = last.timestamp + max(step, Self.shortestStep)
        usualStep = result.seconds - last.timestamp
      }
    } else if let time {
      offset = next - time
    }
    self.last = (result.seconds, arrival)
    return result
  }

  /// Makes time go on from the arrival of the next frame, whatever time the source states for it.
  mutating func reconnect() { offset = nil }
}
