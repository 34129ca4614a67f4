import Preprocessing
import Testing

/// Which frames of a video are shown in a span of time.
@Suite struct FrameTimelineTests {
  @Test func gapsAreWhereNoFrameBeginsForLong() {
    let timeline = FrameTimeline(times: [0, 1, 2, 10, 11], lastFrameDuration: 1, tick: 0.1)
    #expect(timeline.gaps(longerThan: 6) == [3..<10] && timeline.gaps(longerThan: 7).isEmpty)
    #expect(timeline.gaps(longerThan: 0.25).first == 0.25..<1)
    let held = FrameTimeline(times: [0, 50], lastFrameDuration: 50, tick: 0.1)
    #expect(held.gaps(longerThan: 2) == [2..<50, 52..<100])
  }

  @Test func spansWithoutFramesMoveToWhereThereAreSome() {
    let timeline = FrameTimeline(times: [0, 1, 2, 10, 11], lastFrameDuration: 1, tick: 0.1)
    #expect(timeline.duration == 12)
    for (start, duration, expected) in [
      (0.5, 2.0, 1..<3), (-9, 2, 0..<2), (100, 2, 3..<5), (3, 1, 2..<3), (8, 1, 3..<4), (4, 3, 0..<3), (7, 2.5, 3..<5),
      (.nan, 1, 0..<1), (11, 0, 4..<5), (100, .infinity, 0..<5), (11.5, 0.1, 4..<5),
    ] {
      #expect(timeline.frames(from: start, duration: duration) == expected, "\(duration) s from \(start) s")
    }
    #expect(!timeline.hasFrames(from: 3, duration: 5) && timeline.hasFrames(from: 3, duration: 7.5))
    #expect(FrameTimeline(times: [], lastFrameDuration: 0, tick: 1).frames(from: 0, duration: 5).isEmpty)
  }
}
