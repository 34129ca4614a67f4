import Preprocessing
import Testing

@Suite struct SamplingTests {
  @Test func subsampleTakesTorchsIndices() throws {
    for line in try fixtureLines("subsample.txt") where !line.hasPrefix("all") {
      let parts = line.split(separator: "|").map { $0.split(separator: " ").compactMap { Int($0) } }
      let indices = TemporalSubsample.indices(available: parts[0][0], count: parts[0][1])
      #expect(indices == parts[1], "\(parts[0])")
    }
  }

  @Test func subsampleTakesTorchsIndicesForEveryLength() throws {
    let expected = try fixtureLines("subsample.txt").last
    var hash: UInt64 = 0
    for available in 1...400 {
      for count in 1...64 {
        for index in TemporalSubsample.indices(available: available, count: count) {
          hash = hash &* 1_000_003 &+ UInt64(index)
        }
      }
    }
    #expect("all \(hash)" == expected)
  }

  @Test func subsampleOfNothingIsNothing() {
    #expect(TemporalSubsample.indices(available: 0, count: 4).isEmpty)
    #expect(TemporalSubsample.indices(available: 4, count: 0).isEmpty)
  }

  @Test(arguments: [
    (count: 1, video: 10.0, clip: 2.0, starts: [4.0]),
    (count: 1, video: 1.0, clip: 2.0, starts: [0.0]),
    (count: 2, video: 10.0, clip: 2.0, starts: [0.0, 4.0]),
    (count: 4, video: 10.0, clip: 2.0, starts: [0.0, 2.0, 4.0, 6.0]),
    (count: 3, video: 1.0, clip: 2.0, starts: [0.0, 0.0, 0.0]),
    (count: 2, video: .nan, clip: 2.0, starts: [0.0, 0.0]),
    (count: 0, video: 10.0, clip: 2.0, starts: []),
  ])
  func uniformClipsSpreadOverTheVideo(count: Int, video: Double, clip: Double, starts: [Double]) {
    #expect(ClipSampling.uniform(count: count, videoDuration: video, clipDuration: clip) == starts)
  }

  @Test(arguments: [
    (video: 10.0, clip: 2.0, count: 5), (video: 9.99, clip: 2.0, count: 5), (video: 9.9, clip: 2.0, count: 4),
    (video: 1.0, clip: 2.0, count: 1), (video: 1e9, clip: 2.0, count: 10), (video: .nan, clip: 2.0, count: 1),
  ])
  func asManyClipsAsFitAreTaken(video: Double, clip: Double, count: Int) {
    #expect(ClipSampling.fittingCount(videoDuration: video, clipDuration: clip) == count)
  }

  @Test func randomClipsLieWithinTheVideoAndFollowTheSeed() {
    func starts(seed: UInt64) -> [Double] {
      var generator = SeededGenerator(state: seed)
      return (0..<200).map { _ in ClipSampling.random(videoDuration: 10, clipDuration: 4, using: &generator) }
    }
    let first = starts(seed: 1)
    #expect(first.allSatisfy { (0...6).contains($0) })
    #expect(first.min() ?? 9 < 0.5 && first.max() ?? 0 > 5.5)
    #expect(first == starts(seed: 1))
    #expect(first != starts(seed: 2))
  }

  @Test func recipesKnowTheirDuration() throws {
    #expect(try ClipRecipe(frameCount: 4, samplingRate: 12, shortSide: 182, cropSize: 182).duration == 1.6)
  }

  @Test(arguments: [
    (0, 12, 182, 182, 30.0), (4, 0, 182, 182, 30), (4, 12, 0, 1, 30), (4, 12, 182, 183, 30), (4, 12, 182, 0, 30),
    (4, 12, 182, 182, 0), (4, 12, 182, 182, .infinity), (1 << 40, 12, 182, 182, 30),
  ])
  func impossibleRecipesAreRefused(frames: Int, rate: Int, side: Int, crop: Int, fps: Double) {
    #expect(throws: PreprocessingError.self) {
      try ClipRecipe(frameCount: frames, samplingRate: rate, shortSide: side, cropSize: crop, framesPerSecond: fps)
    }
  }

  @Test(arguments: [([0.45, 0.45], [0.2, 0.2, 0.2]), ([0.4, 0.4, 0.4], [0.2, 0, 0.2]), ([.nan, 0, 0], [1, 1, 1])])
  func impossibleNormalisationIsRefused(mean: [Float], deviation: [Float]) {
    #expect(throws: PreprocessingError.self) {
      try ClipRecipe(
        frameCount: 4, samplingRate: 1, shortSide: 4, cropSize: 4, mean: mean, standardDeviation: deviation)
    }
  }
}
