import Tensors
import Video
import Foundation
import TestSupport
import Testing
import VideoAccelerator

/// The forms in which videos are given.
@Suite struct VideoInputTests {
  @Test(arguments: ["mp4", "mkv", "avi"], [1, 2])
  func everyFormOfAVideoGivesTheSameResults(container: String, threads: Int) throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/clip.\(container)"
      try SmallVideos.write(to: path, frames: 70)
      let classifier = try SmallVideos.classifier(threads: threads)
      let url = URL(fileURLWithPath: path)
      let data = try Data(contentsOf: url)
      let frames = try #require(try DecodedVideo(path: path) { $0 })
      let expected = try classifier.classify(VideoFile(path: path))
      #expect(expected.seen.count > 1)
      func check(_ video: some VideoInput) throws {
        let found = try classifier.classify(video)
        #expect(found.predictions == expected.predictions)
        #expect(found.duration == expected.duration && found.seen.count == expected.seen.count)
        #expect(try classifier.features(of: video).values == classifier.features(of: VideoFile(path: path)).values)
        let (timeline, same) = try (classifier.timeline(of: video), classifier.timeline(of: VideoFile(path: path)))
        #expect(timeline.segments == same.segments)
        #expect(timeline.moments.map(\.scores) == same.moments.map(\.scores))
      }
      try check(url)
      try check(data)
      try check([UInt8](data))
      try check(frames)
    }
  }

  @Test func framesInMemoryHaveARateOrTimes() throws {
    let frames = try SmallVideos.frames(60)
    let classifier = try SmallVideos.classifier()
    let byRate = try classifier.classify(DecodedVideo(frames, framesPerSecond: 25))
    let byTime = try classifier.classify(DecodedVideo(frames, lastFrameDuration: 0.04))
    #expect(byRate.predictions == byTime.predictions)
    #expect(abs(byRate.duration - 2.4) < 1e-9)
    // Twice as fast, the same frames are half as many clips.
    #expect(try classifier.classify(DecodedVideo(frames, framesPerSecond: 50)).seen.count < byRate.seen.count)
    let clip = try DecodedVideo(frames, framesPerSecond: 25).clip(from: 0, recipe: SmallVideos.recipe.get())
    // A clip spans 4 × 5 frames at 30 a second, so 17 of 25 a second.
    #expect(try clip == Tensor.clip(of: Array(frames.prefix(17)), recipe: SmallVideos.recipe.get()))
  }

  @Test func theLikeliestClassesComeFirst() throws {
    let result = try SmallVideos.classifier().classify(DecodedVideo(SmallVideos.frames(40), framesPerSecond: 25))
    #expect(result.predictions.count == 5)
    #expect(Array(result.top(2)) == Array(result.predictions[..<2]))
    #expect(result.top(0).isEmpty && result.top(-1).isEmpty && result.top(9).count == 5)
  }

  @Test func badInputsAreTypedErrors() throws {
    let classifier = try SmallVideos.classifier()
    for bytes in [[], [UInt8](repeating: 0, count: 5000), Array("no video at all\n".utf8)] {
      #expect(throws: VideoError.self) { try classifier.classify(bytes) }
    }
    #expect(throws: VideoError.badFrames(reason: "there are none")) {
      try classifier.classify(DecodedVideo([], framesPerSecond: 25))
    }
    #expect(throws: FileError.self) { try classifier.classify(URL(fileURLWithPath: "/nowhere/clip.mp4")) }
  }
}
