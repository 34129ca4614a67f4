/// The time at which each frame of a video is shown, as reading it from the first frame to the last gives.
///
/// Times are seconds from the first frame and never descend. All uses of a video by time go through here, so that they
/// agree on its duration and on the frames of a span.
public struct FrameTimeline: Sendable, Equatable {
  /// The time of each frame in seconds.
  public let times: [Double]
  /// The duration of the last frame in seconds.
  public let lastFrameDuration: Double
  /// The rounding error of computed times: a time this little before a frame's still counts as that frame's.
  private let tolerance: Double

  /// Creates a timeline.
  ///
  /// - Parameters:
  ///   - times: The times of the frames in seconds, ascending, the first one 0.
  ///   - lastFrameDuration: The duration of the last frame in seconds.
  ///   - tick: The seconds from one possible time of a frame to the next.
  package init(times: [Double], lastFrameDuration: Double, tick: Double) {
    self.times = times
    self.lastFrameDuration = lastFrameDuration
    tolerance = tick * 1e-3
  }

  /// The number of frames.
  public var count: Int { times.count }

  /// The duration from the first frame to the end of the last one, in seconds.
  public var duration: Double { times.last.map { $0 + lastFrameDuration } ?? 0 }

  /// Returns the number of the first frame at or after a time; ``count`` if there is none.
  ///
  /// - Complexity: O(log frames).
  public func firstFrame(from seconds: Double) -> Int {
    let time = seconds - tolerance
    var (low, high) = (0, times.count)
    while low < high {
      let middle = (low + high) / 2
      if times[middle] >= time { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Returns whether there are frames within a span of seconds.
  public func hasFrames(from start: Double, duration: Double) -> Bool { !exactFrames(start, duration).isEmpty }

  /// Returns the parts longer than `seconds` in which no frame starts. A frame counts as long as the last one, or as
  /// that time.
  public func gaps(longerThan seconds: Double) -> [Range<Double>] {
    let shown = min(lastFrameDuration, seconds)
    return zip(times, times.dropFirst() + [duration]).compactMap { $1 - $0 > seconds + shown ? $0 + shown..<$1 : nil }
  }

  /// Returns the numbers of the frames at `start ..< start + duration` seconds.
  ///
  /// A span without frames is moved to where there are some: one outside of the video to its beginning or end, one in a
  /// gap to the nearer side of it. So only a video without frames gives none.
  public func frames(from start: Double, duration: Double) -> Range<Int> {
    let exact = exactFrames(start, duration)
    guard exact.isEmpty, count > 0 else { return exact }
    let length = duration > 0 ? min(duration, self.duration) : 0
    let start = start.isNaN ? 0 : min(max(start, 0), max(0, self.duration - length))
    let pulledIn = exactFrames(start, length)
    guard pulledIn.isEmpty else { return pulledIn }
    let next = firstFrame(from: start)
    guard next > 0 else { return 0..<1 }
    let previous = next - 1
    if next < count, times[next] - (start + length) <= start - times[previous] {
      return next..<max(next + 1, firstFrame(from: times[next] + length))
    }
    return min(previous, firstFrame(from: times[previous] + lastFrameDuration - length))..<next
  }

  private func exactFrames(_ start: Double, _ duration: Double) -> Range<Int> {
    let first = firstFrame(from: start)
    return first..<max(first, firstFrame(from: start + max(0, duration)))
  }
}
