import Foundation
import Preprocessing
import Tensors
import Testing
import Video

@Suite struct SeekingTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Containers with and without an index, one that starts late, one that cannot be searched at all.
  static let containers = ["mp4", "mkv", "ts", "late.ts", "late.mp4", "h264", "flv"]

  /// 60 frames in 5 groups of pictures.
  private func video(_ container: String) throws -> String {
    let times = container.hasPrefix("late") ? (0..<60).map { 5 + Double($0) / 25 } : nil
    return try writeVideo(folder.path("a.\(container)"), frames: 60, times: times)
  }

  @Test(arguments: containers)
  func everyFrameIsFoundByItsTime(container: String) throws {
    let path = try video(container)
    let frames = try allFrames(VideoReader(path: path))
    #expect(frames.count == 60)
    let reader = try VideoReader(path: path)
    // An order that goes far and near, back and forth.
    for step in 0..<60 {
      let number = step * 37 % 60
      reader.seek(to: frames[number].timestamp)
      #expect(try reader.nextFrame() == frames[number], "frame \(number)")
      if number + 1 < 60 { #expect(try reader.nextFrame() == frames[number + 1], "after frame \(number)") }
    }
  }

  @Test(arguments: containers)
  func onlyTheLastOfSeveralSeeksCounts(container: String) throws {
    let path = try video(container)
    let frames = try allFrames(VideoReader(path: path))
    let reader = try VideoReader(path: path)
    for (first, second) in [(50, 2), (34, 29), (59, 58), (20, 40), (11, 10), (5, 3)] {
      reader.seek(to: frames[first].timestamp)
      reader.seek(to: frames[second].timestamp)
      #expect(try reader.nextFrame() == frames[second])
    }
  }

  @Test(arguments: containers)
  func timesBetweenFramesGiveTheNext(container: String) throws {
    let path = try video(container)
    let frames = try allFrames(VideoReader(path: path))
    let reader = try VideoReader(path: path)
    let half = (frames[1].timestamp - frames[0].timestamp) / 2
    for number in [41, 12, 13, 0, 58] {
      reader.seek(to: frames[number].timestamp + half)
      #expect(try reader.nextFrame() == frames[number + 1])
    }
    reader.seek(to: -100)
    #expect(try reader.nextFrame() == frames[0])
    reader.seek(to: frames[59].timestamp + half)
    #expect(try reader.nextFrame() == nil)
    reader.seek(to: .infinity)
    #expect(try reader.nextFrame() == nil)
    reader.seek(to: frames[3].timestamp)
    #expect(try reader.nextFrame() == frames[3])
  }

  @Test(arguments: containers)
  func spansGiveTheFramesThatTorchWouldPick(container: String) throws {
    let path = try video(container)
    let frames = try allFrames(VideoReader(path: path))
    let reader = try VideoReader(path: path)
    let origin = frames[0].timestamp
    // Bare H.264 says nothing about times, so spans are in frames: from the n-th, m frames long, k of them wanted.
    let interval = (frames[59].timestamp - origin) / 59
    for (first, length, count) in [(30, 20, 4), (0, 10, 16), (50, 40, 5), (12, 22, 1), (0, 300, 8)] {
      let start = origin + Double(first) * interval, duration = Double(length) * interval
      let inside = Array(frames[first..<min(60, first + length)])
      var got: [Int: Frame] = [:]
      let available = try reader.readFrames(from: start, duration: duration, count: count) { frame, places in
        for place in places { got[place] = frame }
      }
      #expect(available == inside.count)
      let expected = TemporalSubsample.indices(available: inside.count, count: count).map { inside[$0] }
      #expect((0..<count).compactMap { got[$0] } == expected, "\(first) \(length) \(count)")
    }
  }

  @Test(arguments: ["mp4", "mkv", "ts"])
  func spansWithoutFramesGiveTheNearestOnes(container: String) throws {
    let times = [0, 10, 20, 30.0]
    let path = try writeVideo(folder.path("slides.\(container)"), frames: 4, times: times)
    let reader = try VideoReader(path: path)
    let frames = try allFrames(reader)
    for (start, expected) in [(12.0, 1), (29.9, 3), (500, 3), (3, 0), (-3, 0)] {
      var calls: [(Frame, [Int])] = []
      let available = try reader.readFrames(from: start, duration: 0.05, count: 4) { calls.append(($0, $1)) }
      #expect(available == 1)
      #expect(calls.count == 1)
      #expect(calls.first?.0 == frames[expected], "at \(start)")
      #expect(calls.first?.1 == [0, 1, 2, 3])
    }
  }

  @Test func clipsAreThoseOfTheFramesAtHand() throws {
    let path = try video("mp4")
    let reader = try VideoReader(path: path)
    let recipe = try ClipRecipe(frameCount: 4, samplingRate: 6, shortSide: 32, cropSize: 32, framesPerSecond: 25)
    var clips: [Tensor] = []
    try reader.forEachClip(count: 3, recipe: recipe, crops: SpatialCrop.three) { clips.append($0) }
    let frames = try allFrames(VideoReader(path: path))
    // 2.4 s of video, 0.96 s a clip: starts at 0, 0.48 and 0.96 s, that is at frames 0, 12 and 24.
    let expected = try [0, 12, 24].map {
      try Tensor.clip(of: Array(frames[$0..<$0 + 24]), recipe: recipe, crops: SpatialCrop.three)
    }
    #expect(clips == expected)
  }

  @Test func videosShorterThanAClipGiveWhatThereIs() throws {
    let path = try writeVideo(folder.path("short.mp4"), frames: 2)
    let recipe = try ClipRecipe(frameCount: 4, samplingRate: 12, shortSide: 32, cropSize: 32)
    let frames = try allFrames(VideoReader(path: path))
    let clip = try VideoReader(path: path).clip(from: 0, recipe: recipe)
    #expect(try clip == Tensor.clip(of: frames, recipe: recipe))
  }
}
