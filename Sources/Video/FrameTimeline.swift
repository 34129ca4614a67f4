/// When each frame of a video is shown: what reading it from the first frame to the last gives.
///
/// Times are seconds from the first frame and never descend. All that is asked of a video by time goes through here, so that
/// every use of it agrees on how long it is and which frames a span has.
public struct FrameTimeline: Sendable, Equatable {
  /// The time of each frame.
  public let times: [Double]
  /// How long the last frame is shown.
  public let lastFrameDuration: Double
  /// Times this far before a frame's are still its own, for times that were computed.
  private let tolerance: Double

  /// A timeline.
  ///
  /// - Parameters:
  ///   - times: Seconds, ascending, the first one 0.
  ///   - lastFrameDuration: In seconds.
  ///   - tick: Seconds from one possible time of a frame to the next.
  init(times: [Double], lastFrameDuration: Double, tick: Double) {
    self.times = times
    self.lastFrameDuration = lastFrameDuration
    tolerance = tick * 1e-3
  }

  /// How many frames there are.
  public var count: Int { times.count }

  /// From the first frame to the end of the last one, in seconds.
  public var duration: Double { times.last.map { $0 + lastFrameDuration } ?? 0 }

  /// The number of the first frame at or after a time; ``count`` if there is none.
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

  /// Whether there are frames within a span.
  public func hasFrames(from start: Double, duration: Double) -> Bool { !exactFrames(start, duration).isEmpty }

  /// The parts of more than some seconds in which no frame begins. A frame counts for as long as the last one, or for that time.
  public func gaps(longerThan seconds: Double) -> [Range<Double>] {
    let shown = min(lastFrameDuration, seconds)
    return zip(times, times.dropFirst() + [duration]).compactMap { $1 - $0 > seconds + shown ? $0 + shown..<$1 : nil }
  }

  /// The numbers of the frames at `start ..< start + duration` seconds.
  ///
  /// A span without frames is moved to where there are some: one outside the video to its beginning or end, one in a gap to the
  /// nearer side of it. So only a video without frames gives none.
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
