import Foundation
import Preprocessing
import Tensors
import Testing
import Video

/// Clips in one pass over a video: each frame is decoded once, however clips overlap.
@Suite struct ForwardPassTests {
  let folder: TemporaryFolder
  private let recipe: ClipRecipe

  init() throws {
    folder = try TemporaryFolder()
    recipe = try ClipRecipe(frameCount: 4, samplingRate: 6, shortSide: 32, cropSize: 32, framesPerSecond: 25)
  }

  private func video(interval: Int) throws -> String {
    let encoding = VideoEncoding(framesPerSecond: 25, keyFrameInterval: interval)
    return try writeVideo(folder.path("\(interval).mp4"), frames: 300, encoding: encoding)
  }

  @Test(arguments: [12, 250, 100_000])
  func overlappingClipsDecodeEachFrameOnce(interval: Int) throws {
    let path = try video(interval: interval)
    let frames = try allFrames(VideoReader(path: path))
    let timeline = Array(
      ClipSampling.consecutive(videoDuration: 12, clipDuration: recipe.duration, step: recipe.duration / 2))
    let views = ClipSampling.uniform(count: 60, videoDuration: 12, clipDuration: recipe.duration)
    for starts in [timeline, views, views.reversed()] {
      let reader = try VideoReader(path: path)
      var places: [Int] = []
      try reader.forEachClip(from: starts, recipe: recipe) { place, clip in
        places.append(place)
        let range = reader.timeline.frames(from: starts[place], duration: recipe.duration)
        let expected = try Tensor.clip(of: Array(frames[range]), recipe: recipe)
        #expect(clip == expected, "the clip at \(starts[place]) s")
      }
      #expect(places == starts.indices.sorted { starts[$0] < starts[$1] })
      #expect(reader.decodedFrameCount <= 300, "\(reader.decodedFrameCount) frames decoded")
      #expect(reader.damage == nil)
    }
  }

  @Test func whatNoClipNeedsIsLeapedOver() throws {
    let reader = try VideoReader(path: video(interval: 12))
    var count = 0
    try reader.forEachClip(from: [9, 2], recipe: recipe) { _, _ in count += 1 }
    #expect(count == 2 && reader.decodedFrameCount < 100, "\(reader.decodedFrameCount) frames decoded")
  }

  @Test func aClipThatFailsEndsThePass() throws {
    struct Stop: Error {}
    let reader = try VideoReader(path: video(interval: 250))
    var count = 0
    #expect(throws: Stop.self) {
      try reader.forEachClip(count: 10, recipe: recipe) { _ in
        count += 1
        throw Stop()
      }
    }
    #expect(count == 1)
    // And it can be used again.
    try reader.forEachClip(count: 10, recipe: recipe) { _ in count += 1 }
    #expect(count == 11)
  }
}
