#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#elseif canImport(Darwin)
  import Darwin
#endif

/// Measures durations.
package enum Stopwatch {
  /// Wall time, for work of several threads that wait for each other.
  case wall
  /// The calling thread's own time, without that of other programs.
  case ownTime

  /// Returns the milliseconds that `body` takes.
  package func measure(_ body: () throws -> Void) rethrows -> Double {
    let start = now
    try body()
    return now - start
  }

  /// The time in milliseconds since some point in the past. (Instants of the standard library's clocks need its library
  /// for concurrency, which a phone's program would have to bring for this alone.)
  package var now: Double {
    var time = timespec()
    clock_gettime(self == .wall ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
  }
}
