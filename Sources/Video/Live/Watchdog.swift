import Foundation

/// Ends waiting for a source: after a time limit, or where its user wants it.
///
/// Whatever waits calls ``check()`` several times a second; FFmpeg does so by itself.
final class Watchdog {
  /// Waiting took longer than the limit.
  struct TimedOut: Error {}

  /// The longest wait in seconds.
  let timeLimit: Double
  /// Called once in a long wait, with the seconds that it has taken.
  var stalled: ((Double) throws -> Void)?
  /// Whether this wait was long.
  private(set) var hasStalled = false

  private let interruption: () throws -> Void
  private let clock = ContinuousClock()
  private var start: ContinuousClock.Instant?
  private var lastWait = 0.0
  private var error: (any Error)?

  init(timeLimit: Double, interruption: @escaping () throws -> Void) {
    self.timeLimit = timeLimit
    self.interruption = interruption
  }

  /// The seconds that this wait has taken, or the last one took.
  var waited: Double { start.map { (clock.now - $0) / .seconds(1) } ?? lastWait }

  /// Does work that waits.
  ///
  /// - Throws: ``TimedOut``, what `interruption` or `stalled` throws, or else what `work` throws.
  func watch<Result>(_ work: () throws -> Result) throws -> Result {
    (start, error, hasStalled) = (clock.now, nil, false)
    defer { (lastWait, start) = (waited, nil) }
    do {
      let result = try work()
      if let error { throw error }
      return result
    } catch { throw self.error ?? error }
  }

  /// Throws if waiting must end.
  func check() throws {
    if let error { throw error }
    do {
      try interruption()
      guard start != nil, waited > timeLimit / 5 else { return }
      if waited > timeLimit { throw TimedOut() }
      guard !hasStalled else { return }
      hasStalled = true
      try stalled?(waited)
    } catch {
      self.error = error
      throw error
    }
  }

  /// Returns whether waiting must end, for C.
  var isOver: Bool {
    do { try check() } catch { return true }
    return false
  }

  /// Waits for some seconds.
  func sleep(_ seconds: Double) throws {
    let end = clock.now + .seconds(seconds)
    while true {
      try interruption()
      let rest = (end - clock.now) / .seconds(1)
      guard rest > 0 else { return }
      usleep(UInt32(min(rest, 0.05) * 1e6))
    }
  }
}

/// Waits until a descriptor can be read without blocking, or has ended; calls `interruption` ten times a second.
func waitUntilReadable(_ descriptor: Int32, interruption: () throws -> Void) throws {
  // Such a descriptor is not waited for, but ignored.
  guard descriptor >= 0 else { return }
  var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
  while true {
    try interruption()
    let count = poll(&request, 1, 100)
    if count > 0 || count < 0 && errno != EINTR { return }
  }
}
