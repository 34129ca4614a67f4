import IR
import Video
import ModelTestSupport
import Foundation
import TestSupport
import Testing
@testable import VideoAccelerator

/// Classes over time: what is said when, and how it is shown.
@Suite struct VideoTimelineTests {
  /// Clips of 2 s, one a second, in which these classes are the likeliest.
  private func timeline(
    _ best: [Int?], duration: Double, gaps: [Range<Double>] = [], _ smoothing: VideoTimeline.Smoothing = .none
  ) -> VideoTimeline {
    VideoTimeline(
      labels: ["pan", "<tilt>", "zoom"],
      moments: best.enumerated().compactMap { index, best in
        guard let best else { return nil }
        let scores = (0..<3).map { $0 == best ? Float(0.75) : 0.125 }
        return VideoTimeline.Moment(start: Double(index), end: Double(index) + 2, scores: scores)
      }, gaps: gaps, duration: duration, damage: nil, smoothing: smoothing)
  }

  @Test func segmentsMeetHalfwayBetweenTheClipsOfAChange() {
    let segments = timeline([0, 0, 1, 2, 2], duration: 6).segments
    #expect(segments.map(\.label) == ["pan", "<tilt>", "zoom"])
    #expect(segments.map(\.start) == [0, 2.5, 3.5])
    #expect(segments.map(\.end) == [2.5, 3.5, 6])
    #expect(segments.allSatisfy { $0.score == 0.75 })
    #expect(timeline([1], duration: 1.5).segments.map(\.end) == [1.5])
  }

  @Test func textHasALineForEachSegmentAndBarsForEachClass() {
    let text = timeline([0, 1, 0], duration: 12).text
    #expect(
      text == """
           0.0 –  1.5 s  pan      75 %
           1.5 –  2.5 s  <tilt>   75 %
           2.5 – 12.0 s  pan      75 %

          most of the time: pan, 11.0 of 12.0 s (92 %)

          pan     ▇▂▇
          <tilt>  ▂▇▂
        """)
    // A long video's bars are means.
    let long = timeline((0..<1000).map { $0 / 500 }, duration: 1001).text
    #expect(long.contains("pan     " + String(repeating: "▇", count: 30) + String(repeating: "▂", count: 30)))
  }

  @Test func nothingIsSaidOfPartsWithoutPictures() {
    let gaps = [2.5..<6.5, 9..<12]
    let best = [0, 1, 1, nil, nil, 1, 1, 0, 0, nil, nil, nil]
    let timeline = timeline(best, duration: 12, gaps: gaps)
    #expect(timeline.segments.map(\.label) == ["pan", "<tilt>", "<tilt>", "pan"])
    #expect(timeline.segments.map(\.start) == [0, 1.5, 6.5, 7.5])
    #expect(timeline.segments.map(\.end) == [1.5, 2.5, 7.5, 9])
    #expect(timeline.totals.map(\.seconds) == [3, 2])
    #expect(timeline.totals.map(\.share) == [0.25, 2.0 / 12])
    #expect(timeline.text.contains("   2.5 –  6.5 s  no pictures\n   6.5 –  7.5 s  <tilt>   75 %\n"))
    #expect(timeline.json(top: 1)["gaps"]?[1]?["end_s"] == .number(12))
    // What is beyond a gap is no neighbour: it neither takes over nor is averaged with.
    let wide = self.timeline(best, duration: 12, gaps: gaps, .init(window: 20, margin: 0, shortest: 9))
    #expect(wide.segments.map(\.end) == [2.5, 9])
  }

  @Test func jsonHasSegmentsAndClips() {
    let json = timeline([0, 1], duration: 3).json(top: 2)
    #expect(json["segments"]?[1]?["label"] == "<tilt>" && json["segments"]?[1]?["start_s"] == 1.5)
    #expect(json["totals"]?[0]?["label"] == "pan" && json["totals"]?[0]?["seconds"] == 1.5)
    #expect(json["smoothing"]?["hysteresis"] == .number(0))
    #expect(json["clips"]?[1]?["end_s"] == .number(3))
    #expect(json["clips"]?[1]?["predictions"]?[0]?["index"] == 1)
    #expect(json["clips"]?[1]?["predictions"]?[2] == nil)
  }

  @Test func clipsAreTheModelsOwnAndThePageShowsTheirPictures() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a&b.mp4"
      try VideoWriter.write(to: path, width: 64, height: 48) { writer in
        for index in 0..<60 {
          let pixels = (0..<64 * 48 * 3).map { UInt8(truncatingIfNeeded: ($0 / 3 % 64) * 3 + index * 7 + $0 % 3 * 40) }
          try writer.append(Frame(width: 64, height: 48, pixels: pixels, timestamp: Double(index) / 30))
        }
      }
      let recipe = try ClipRecipe(frameCount: 4, samplingRate: 5, shortSide: 36, cropSize: 32)
      let model = Model(
        name: "small", graph: try SmallModel.architecture.graph(), weights: try SmallModel.weights(), recipe: recipe,
        labels: SmallModel.labels)
      let timeline = try VideoClassifier(model).timeline(of: VideoFile(path: path))
      // 2 s in clips of 2/3 s, every third of a second.
      #expect(timeline.moments.count == 5 && timeline.duration == 2)
      #expect(timeline.labels == SmallModel.labels)
      let reader = try VideoReader(path: path)
      for (index, moment) in timeline.moments.enumerated() {
        #expect(abs(moment.start - Double(index) / 3) < 1e-9 && abs(moment.end - moment.start - 2.0 / 3) < 1e-9)
        let clip = try reader.clip(from: moment.start, recipe: recipe)
        let logits = try Interpreter(model.graph, weights: model.weights).run([clip])[0]
        let expected: [Float] = Reference.softmax(logits, axis: 1).elements()
        #expect(zip(moment.scores, expected).allSatisfy { abs($0 - $1) < 1e-5 })
      }
      let html = try TimelinePage(timeline, path: path, model: "small").html()
      #expect(html.components(separatedBy: "data:image/jpeg;base64,").count == 17)
      #expect(html.contains("a&amp;b.mp4") && !html.contains("a&b.mp4"))
    }
  }

  /// 5 s whose middle is zeros.
  @Test func allSayTheSameOfADamagedVideo() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a.mp4"
      let encoding = VideoEncoding(framesPerSecond: 30, keyFrameInterval: 15)
      try VideoWriter.write(to: path, width: 64, height: 48, encoding: encoding) { writer in
        for index in 0..<150 {
          let pixels = (0..<64 * 48 * 3).map { UInt8(truncatingIfNeeded: ($0 / 3 % 64) * 3 + index * 7 + $0 % 3 * 40) }
          try writer.append(Frame(width: 64, height: 48, pixels: pixels, timestamp: Double(index) / 30))
        }
      }
      var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      let third = bytes.count / 3
      bytes.replaceSubrange(third..<2 * third, with: Data(count: third))
      try bytes.write(to: URL(fileURLWithPath: path))
      let recipe = try ClipRecipe(frameCount: 4, samplingRate: 5, shortSide: 36, cropSize: 32)
      let model = try Model(
        name: "small", graph: SmallModel.architecture.graph(), weights: SmallModel.weights(), recipe: recipe,
        labels: SmallModel.labels)
      let classifier = try VideoClassifier(model)
      let timeline = try classifier.timeline(of: VideoFile(path: path))
      let gap = try #require(timeline.gaps.first)
      #expect(timeline.gaps.count == 1 && gap.lowerBound > 1 && gap.upperBound < 4)
      #expect(timeline.moments.allSatisfy { $0.end <= gap.lowerBound + 0.7 || $0.start >= gap.upperBound - 0.7 })
      let classes = try classifier.classify(VideoFile(path: path))
      let features = try classifier.features(of: VideoFile(path: path))
      let calibration = try CalibrationFiles(at: path, for: model, count: 8)
      #expect(timeline.duration == 5 && classes.duration == 5 && features.duration == 5)
      let damage = try #require(timeline.damage)
      #expect(classes.damage == damage && features.damage == damage && calibration.damaged.warnings == [damage])
      #expect(calibration.clips.count == 8 && calibration.skipped.videos.isEmpty)
    }
  }
}
