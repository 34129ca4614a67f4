import Preprocessing
import Testing
import Video

@testable import VideoAccelerator

/// What waits between the reader of a live video and the model.
@Suite struct LiveQueueTests {
  private func frame(_ number: Int) throws -> LiveEvent {
    .frame(try Frame(width: 1, height: 1, pixels: [0, 0, 0], timestamp: Double(number)))
  }

  private func opened(isLive: Bool) -> LiveEvent {
    .opened(
      LiveProperties(
        codec: "h264", pixelFormat: "yuv420p", size: FrameSize(width: 1, height: 1), frameRate: 0, isLive: isLive))
  }

  /// The timestamps of frames and the names of other events, in order.
  private func drain(_ queue: inout LiveQueue) throws -> [String] {
    queue.end = .success(())
    var result: [String] = []
    while let item = try queue.next() {
      switch item {
      case .frame(let frame, _): result.append("\(Int(frame.timestamp))")
      case .event(.ended): result.append("ended")
      case .event: result.append("event")
      }
    }
    return result
  }

  @Test func theOldestFrameOfALiveSourceIsDroppedAndNoEvent() throws {
    var queue = LiveQueue(capacity: 2)
    try queue.append(opened(isLive: true), counters: LiveCounters())
    for number in 0..<4 {
      #expect(try queue.hasRoom(for: frame(number)))
      try queue.append(frame(number), counters: LiveCounters())
      if number == 1 { try queue.append(.stalled(seconds: 1), counters: LiveCounters()) }
    }
    #expect(queue.dropped == 2)
    #expect(try drain(&queue) == ["event", "event", "2", "3"])
  }

  @Test func framesOfAFileWaitUnlessTheyAreToBeDropped() throws {
    for drops in [nil, true] {
      var queue = LiveQueue(capacity: 1, dropsFrames: drops)
      try queue.append(opened(isLive: false), counters: LiveCounters())
      try queue.append(frame(0), counters: LiveCounters())
      #expect(try queue.hasRoom(for: frame(1)) == (drops == true))
      #expect(queue.hasRoom(for: .ended))
      _ = try queue.next()
      _ = try queue.next()
      #expect(try queue.hasRoom(for: frame(1)))
    }
  }

  @Test func eventsAreBounded() throws {
    var queue = LiveQueue(capacity: 1)
    var count = 0
    while queue.hasRoom(for: .ended), count < 10_000 {
      try queue.append(.stalled(seconds: 1), counters: LiveCounters())
      count += 1
    }
    #expect(count == 256)
    queue.isCancelled = true
    #expect(queue.hasRoom(for: .ended))
    #expect(throws: CancellationError.self) { try queue.append(.ended, counters: LiveCounters()) }
  }

  @Test func theErrorComesAfterWhatWaits() throws {
    var queue = LiveQueue(capacity: 1)
    try queue.append(.stalled(seconds: 1), counters: LiveCounters())
    queue.end = .failure(VideoError.lost(name: "x", reason: "y"))
    #expect(try queue.next() != nil)
    #expect(throws: VideoError.lost(name: "x", reason: "y")) { try queue.next() }
  }
}
