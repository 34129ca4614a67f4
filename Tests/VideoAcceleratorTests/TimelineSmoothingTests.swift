import Testing

@testable import VideoAccelerator

/// Segments of a timeline: what smoothing makes of the clips' scores.
@Suite struct TimelineSmoothingTests {
  /// Clips of 0.75 s, every 0.375 s, with the score of the first of two classes.
  private func timeline(
    _ first: [Float], _ smoothing: VideoTimeline.Smoothing = VideoTimeline.Smoothing()
  ) -> VideoTimeline {
    let moments = first.enumerated().map { index, score in
      VideoTimeline.Moment(
        start: 0.375 * Double(index), end: 0.375 * Double(index) + 0.75, scores: [score, 1 - score])
    }
    return VideoTimeline(
      labels: ["a", "b"], moments: moments, gaps: [], duration: 0.375 * Double(first.count + 1), damage: nil,
      smoothing: smoothing)
  }

  @Test func aFlickeringVideoBecomesItsTwoParts() {
    // 15 s: the first class until the middle, then the second, and every third clip says the other one.
    let scores = (0..<39).map { index -> Float in (index < 20) == (index % 3 != 1) ? 0.8 : 0.2 }
    #expect(timeline(scores, .none).segments.count >= 24)
    let segments = timeline(scores).segments
    #expect(segments.map(\.label) == ["a", "b"])
    #expect(abs(segments[0].end - 7.5) <= 0.75 && segments[1].end == 15)
    // A segment's score stays what the model said of its clips.
    let clips = scores.enumerated().filter { 0.375 * Double($0.offset + 1) < segments[0].end }.map(\.element)
    #expect(abs(segments[0].score - clips.reduce(0, +) / Float(clips.count)) < 1e-6)
  }

  @Test func anotherClassTakesOverWhereItBeganToLeadAndOnlyIfItLeadsEnough() {
    let only = { (margin: Double) in VideoTimeline.Smoothing(window: 0, margin: margin, shortest: 0) }
    let rising: [Float] = [0.9, 0.9, 0.48, 0.46, 0.44, 0.3, 0.2]
    #expect(timeline(rising, only(0)).segments.map(\.start) == [0, 0.9375])
    // It leads by more than 0.3 at the sixth clip, and has led since the third.
    #expect(timeline(rising, only(0.3)).segments.map(\.start) == [0, 0.9375])
    #expect(timeline(rising, only(0.7)).segments.map(\.label) == ["a"])
    // What leads by less than the margin, to and fro, changes nothing.
    let even: [Float] = (0..<20).map { $0 % 2 == 0 ? 0.52 : 0.48 }
    #expect(timeline(even, only(0.1)).segments.map(\.label) == ["a"])
    #expect(timeline(even, only(0)).segments.count == 20)
  }

  @Test func shortSegmentsGoToTheNeighbourWithTheHigherScores() {
    let three = VideoTimeline(
      labels: ["a", "b", "c"],
      moments: [0, 0, 0, 0, 1, 2, 2, 2, 2].enumerated().map { index, best in
        var scores: [Float] = [0.05, 0.05, 0.05]
        scores[best] = 0.6
        if best == 1 { scores[2] = 0.3 }
        return VideoTimeline.Moment(start: 0.5 * Double(index), end: 0.5 * Double(index) + 1, scores: scores)
      }, gaps: [], duration: 5, damage: nil, smoothing: .init(window: 0, margin: 0, shortest: 1))
    #expect(three.segments.map(\.label) == ["a", "c"] && three.segments[1].start == 2.25)
  }

  @Test func nothingIsShorterThanAskedForAndTheVideoIsCovered() {
    for seed in 0..<20 {
      var state = UInt64(seed + 1)
      let scores = (0..<57).map { _ -> Float in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(state >> 40) / Float(1 << 24)
      }
      let timeline = timeline(scores, .init(window: 0.75, margin: 0.05, shortest: 1.5))
      let segments = timeline.segments
      #expect(segments[0].start == 0 && segments[segments.count - 1].end == timeline.duration)
      #expect(zip(segments, segments.dropFirst()).allSatisfy { $0.end == $1.start && $0.index != $1.index })
      #expect(segments.count == 1 || segments.allSatisfy { $0.seconds > 1.5 - 1e-6 })
      #expect(abs(timeline.totals.reduce(0) { $0 + $1.share } - 1) < 1e-9)
    }
  }

  @Test func mostOfTheTimeIsTheSumOfSegments() {
    let scores: [Float] = [1, 1, 1, 0, 0, 0, 0, 1, 1, 1].flatMap { [Float](repeating: $0, count: 4) }
    let timeline = timeline(scores)
    let longest = timeline.segments.max { $0.seconds < $1.seconds }
    #expect(longest?.label == "b" && timeline.totals.map(\.label) == ["a", "b"])
    #expect(timeline.totals[0].segments == 2 && timeline.totals[0].seconds > timeline.totals[1].seconds)
    #expect(timeline.text.contains("most of the time: a, 9."))
  }

  @Test func lengthsFollowFromTheClipsIfNotGiven() {
    let smoothing = timeline([1, 1, 1]).smoothing
    #expect(smoothing.window == 0.75 && smoothing.shortest == 1 && smoothing.margin == 0.1)
    let long = VideoTimeline(
      labels: ["a"], moments: [.init(start: 0, end: 2.5, scores: [1])], gaps: [], duration: 2.5, damage: nil)
    #expect(long.smoothing.shortest == 2.5 && long.segments.map(\.end) == [2.5])
  }

  /// Each pass halves a flicker, so that a day of video takes no longer than its clips.
  @Test func aLongFlickerEnds() {
    let scores = (0..<50_000).map { Float($0 % 2) }
    #expect(timeline(scores, .init(window: 0, margin: 0, shortest: 1)).segments.count == 1)
  }
}
