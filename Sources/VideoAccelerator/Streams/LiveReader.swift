import CPU
import Preprocessing
import Streams
import Video

/// Reads a live video into a queue.
final class LiveReader {
  /// A limit was reached.
  private struct LimitReached: Error {}

  private let source: LiveSource
  private let options: LiveOptions
  private let limits: LiveLimits
  private let queue: Guarded<LiveQueue>
  /// The frames that the model will sample; nil if all are wanted.
  private var grid: FrameGrid?
  private var frameCount = 0
  private var isOver = false

  /// Creates a reader.
  ///
  /// - Parameters:
  ///   - source: The source.
  ///   - options: How it is read.
  ///   - limits: Where reading ends.
  ///   - interval: The time from one sampled frame to the next in seconds; nil if all are wanted.
  ///   - queue: The queue.
  init(
    _ source: LiveSource, options: LiveOptions, limits: LiveLimits, samplingEvery interval: Double?,
    queue: Guarded<LiveQueue>
  ) {
    (self.source, self.options, self.limits, self.queue) = (source, options, limits, queue)
    // How long a gap may be is the classifier's affair.
    grid = interval.map { FrameGrid(interval: $0, longestGap: .infinity) }
  }

  /// Reads to the end, or to a limit.
  func run(_ interruption: @escaping () throws -> Void) throws {
    let video = LiveVideo(source, options: options) { [self] in
      if isOver { throw LimitReached() }
      try queue.withLock { try $0.checkCancellation() }
      try interruption()
    }
    do {
      try video.read(wanting: wants) { [self] event in
        if event.breaksTime { grid?.position = nil }
        try queue.wait(until: { $0.hasRoom(for: event) }) { try $0.append(event, counters: video.counters) }
      }
    } catch is LimitReached {}
    queue.withLock { $0.counters = video.counters }
  }

  private func wants(_ seconds: Double) -> Bool {
    isOver = limits.seconds.map { seconds >= $0 } ?? false
    if isOver { return false }
    frameCount += 1
    isOver = limits.frames.map { frameCount >= $0 } ?? false
    return grid?.visit(seconds) != .skipped
  }
}
