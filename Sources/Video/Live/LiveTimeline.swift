/// Turns the times that a source states into seconds that always ascend.
struct LiveTimeline {
  /// A jump of less backwards is disorder, in which frames come shortly after one another.
  static let disorder = 0.5
  /// A jump of more forwards, beyond the time that has passed, is not a gap but another clock.
  static let longestGap = 2.0
  /// The same where frames do not come at their own pace: a recording may show a picture for some time.
  static let longestPicture = 60.0
  /// The least time between two frames: the clock of MPEG has 90,000 ticks in a second.
  static let shortestStep = 1e-3
  /// The frame rate of a source that states none, nor its frames' times.
  static let usualRate = 25.0

  /// Whether frames come at their own pace, so that their arrival tells the time as well.
  var isLive: Bool
  /// What is added to the source's times; nil before the first one, and after a reconnection.
  private var offset: Double?
  private var last: (timestamp: Double, arrival: Double)?
  /// The time between the last two frames whose times the source stated; nil before.
  private var lastStep: Double?

  init(isLive: Bool) { self.isLive = isLive }

  /// Returns a frame's timestamp, and by how many seconds the source's clock has jumped before it, if it has.
  ///
  /// - Parameters:
  ///   - time: The frame's time according to the source, in seconds; nil if it states none.
  ///   - arrival: When it arrived, in seconds by a clock of this machine.
  ///   - frameRate: The frame rate that the source states, in frames per second; 0 if it does not.
  mutating func timestamp(of time: Double?, arrival: Double, frameRate: Double) -> (seconds: Double, jump: Double?) {
    guard let last else {
      offset = time.map { -$0 }
      self.last = (0, arrival)
      return (0, nil)
    }
    let usualStep = lastStep ?? 1 / (frameRate > 0 ? frameRate : Self.usualRate)
    let elapsed = isLive ? arrival - last.arrival : 0
    let next = last.timestamp + max(isLive ? elapsed : usualStep, Self.shortestStep)
    var result = (seconds: next, jump: Double?.none)
    if let time, let offset {
      let step = time + offset - last.timestamp
      let limit = isLive ? elapsed + Self.longestGap : Self.longestPicture
      if step < -Self.disorder || step > limit {
        result.jump = step
        self.offset = next - time
      } else {
        result.seconds = last.timestamp + max(step, Self.shortestStep)
        lastStep = result.seconds - last.timestamp
      }
    } else if let time {
      offset = next - time
    }
    self.last = (result.seconds, arrival)
    return result
  }

  /// The timestamp of the last frame, in seconds.
  var end: Double { last?.timestamp ?? 0 }

  /// Whether the next frame is the first one after a reconnection.
  var isReconnecting: Bool { last != nil && offset == nil }

  /// Makes time go on from the arrival of the next frame, whatever time the source states for it.
  mutating func reconnect() { offset = nil }
}
