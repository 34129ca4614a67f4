import Foundation
import Preprocessing
import Tensors
import Testing
import Video

/// Damaged videos: what can be decoded is used, wherever one begins, and all agree on what that is.
@Suite struct DamageTests {
  let folder: TemporaryFolder
  private let recipe: ClipRecipe

  init() throws {
    folder = try TemporaryFolder()
    recipe = try ClipRecipe(frameCount: 4, samplingRate: 6, shortSide: 32, cropSize: 32, framesPerSecond: 25)
  }

  private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

  /// Where the packets of an MP4 file are.
  private func media(of bytes: Data) throws -> Range<Int> {
    let start = try #require(bytes.range(of: Data("mdat".utf8))?.upperBound)
    let table = try #require(bytes.range(of: Data("moov".utf8))).lowerBound - 4
    return start..<(table > start ? table : bytes.count)
  }

  /// As a download that was broken off leaves it.
  @Test func anEndOfZerosIsNoPartOfTheVideo() throws {
    var bytes = try bytes(writeVideo(folder.path("a.mp4"), frames: 60))
    let media = try media(of: bytes)
    let end = media.upperBound - media.count / 4..<media.upperBound
    bytes.replaceSubrange(end, with: Data(count: end.count))
    let reader = try VideoReader(path: folder.file("end.mp4", bytes))
    let frames = try allFrames(VideoReader(path: folder.path("end.mp4")))
    #expect((20..<58).contains(frames.count) && reader.info.frameCount == frames.count)
    #expect(reader.info.duration < 2.3 && reader.damage != nil)
  }

  /// 12 s whose middle is zeros.
  private func gap(_ container: String) throws -> String {
    let encoding = VideoEncoding(framesPerSecond: 25, keyFrameInterval: 25)
    var bytes = try bytes(writeVideo(folder.path("whole.\(container)"), frames: 300, encoding: encoding))
    let third = bytes.count / 3
    bytes.replaceSubrange(third..<2 * third, with: Data(count: third))
    return try folder.file("gap.\(container)", bytes)
  }

  @Test(arguments: [UInt8(0), 0xFF]) func readingGoesOnAfterAHole(filling: UInt8) throws {
    let part = try bytes(writeVideo(folder.path("a.ts"), frames: 60))
    let path = try folder.file("hole.ts", part + Data(repeating: filling, count: 300_000) + part)
    let reader = try VideoReader(path: path)
    #expect(reader.info.frameCount == 120 && abs(reader.info.duration - 4.8) < 1e-3)
    #expect(reader.damage?.description.contains("no packet") == true)
    #expect(try allFrames(reader).count == 120)
    #expect(try VideoReader(path: folder.path("a.ts")).damage == nil)
  }

  @Test(arguments: ["flv", "mkv"]) func whatLiesBetweenPacketsIsDamage(container: String) throws {
    let whole = try bytes(writeVideo(folder.path("a.\(container)"), frames: 60))
    let path = try folder.file(
      "hole.\(container)", whole.prefix(whole.count / 2) + Data(count: 30_000) + whole.suffix(whole.count / 2))
    #expect(try VideoReader(path: path).damage?.description.contains("no packet") == true)
    #expect(try VideoReader(path: folder.path("a.\(container)")).damage == nil)
  }

  @Test(arguments: ["mp4", "mkv", "ts", "flv"]) func noClipIsTakenOfWhereNothingCanBeDecoded(container: String) throws {
    let path = try gap(container)
    let sequence = try VideoReader(path: path, threads: 1)
    try sequence.decodeAll()
    let frames = try allFrames(sequence)
    #expect((150..<280).contains(frames.count) && sequence.info.frameCount == frames.count)
    #expect(sequence.timeline.gaps(longerThan: 2).count == 1)
    // What lacks whole packets decodes as if nothing were wrong.
    let isTold = container == "mp4" || container == "mkv"
    #expect(!isTold || sequence.damage != nil)

    let reader = try VideoReader(path: path)
    let clips = try reader.withTimeline { timeline in
      let starts = ClipSampling.consecutive(
        videoDuration: timeline.duration, clipDuration: recipe.duration, step: recipe.duration / 2
      ).filter { timeline.hasFrames(from: $0, duration: recipe.duration) }
      var clips: [(start: Double, clip: Tensor)] = []
      try reader.forEachClip(from: starts, recipe: recipe) { clips.append((starts[$0], $1)) }
      return clips
    }
    #expect(reader.timeline == sequence.timeline && (!isTold || reader.damage != nil))
    #expect((8..<22).contains(clips.count))
    for (start, clip) in clips {
      let range = sequence.timeline.frames(from: start, duration: recipe.duration)
      #expect(abs(frames[range.lowerBound].timestamp - start) < recipe.duration)
      // What is left of a damaged picture depends on the decoder's threads.
      guard start + recipe.duration < 3.5 || start > 9 else { continue }
      #expect(try clip == Tensor.clip(of: Array(frames[range]), recipe: recipe), "the clip at \(start) s")
    }
  }

  /// All that are asked for anything say that there is nothing, and the same.
  @Test func aVideoWithoutADecodableFrameIsAnError() throws {
    let encoding = VideoEncoding(framesPerSecond: 25, keyFrameInterval: 300)
    let written = try bytes(writeVideo(folder.path("a.mp4"), frames: 30, encoding: encoding))
    let media = try media(of: written)
    var empty = written
    empty.replaceSubrange(media, with: Data(count: media.count))
    let path = try folder.file("empty.mp4", empty)
    let reader = { try VideoReader(path: path) }
    #expect(throws: VideoError.noFrames(path: path)) { try allFrames(reader()) }
    #expect(throws: VideoError.noFrames(path: path)) { try reader().clip(from: 0, recipe: recipe) }
    let other = try reader()
    #expect(throws: VideoError.noFrames(path: path)) {
      try other.withTimeline { _ in try other.forEachClip(count: 3, recipe: recipe) { _ in } }
    }
    let whole = try reader()
    try whole.decodeAll()
    #expect(whole.info.frameCount == 0 && whole.info.duration == 0)
  }

  /// Leaving out what nobody wants changes what damage does, and so does beginning elsewhere.
  @Test func someFramesOfADamagedVideoCanBeHad() throws {
    let encoding = VideoEncoding(framesPerSecond: 25, keyFrameInterval: 100, bidirectionalFrames: 3)
    let whole = try bytes(writeVideo(folder.path("a.mkv"), frames: 150, encoding: encoding))
    for seed in 1...8 {
      var (damaged, state) = (whole, UInt64(seed))
      for _ in 0..<20 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        damaged[whole.count / 8 + Int(state >> 33) % (whole.count * 7 / 8)] = UInt8(truncatingIfNeeded: state >> 25)
      }
      let path = try folder.file("\(seed).mkv", damaged)
      let sequence = try VideoReader(path: path, threads: 1)
      try sequence.decodeAll()
      for step in [1, 9, 40] {
        let reader = try VideoReader(path: path)
        let count = try reader.withTimeline { timeline in
          var count = 0
          let wanted = Array(stride(from: 0, to: timeline.count, by: step))
          try reader.decodeFrames(wanted) { _, _ in count += 1 }
          #expect(count == wanted.count, "seed \(seed), every \(step)th frame")
          return timeline.count
        }
        if step == 1 { #expect(count == sequence.info.frameCount, "seed \(seed)") }
      }
    }
  }
}
