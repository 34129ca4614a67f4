/// The waits before attempts to connect: each twice the one before, and a little random, so that many that lost the same
/// source do not all come back at once.
struct Backoff {
  static let first = 0.5, longest = 30.0

  private(set) var attempt = 0
  private var next = Backoff.first

  /// Returns the seconds to wait before the next attempt.
  mutating func wait() -> Double {
    defer { next = min(next * 2, Self.longest) }
    attempt += 1
    return next * .random(in: 0.8...1.2)
  }

  /// Starts over if a connection held longer than the wait before it: one that is lost at once is not to be opened again
  /// and again.
  mutating func connectionHeld(_ seconds: Double) {
    if seconds > next { self = Backoff() }
  }
}
