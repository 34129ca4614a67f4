import Foundation
import Preprocessing
import Testing
import Video

/// Video files whose bytes are in memory, and frames that are.
@Suite struct MemoryTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

  @Test(arguments: ["mp4", "mkv", "ts", "flv", "avi"])
  func bytesGiveWhatTheirFileGives(container: String) throws {
    let path = try writeVideo(folder.path("a.\(container)"), frames: 60)
    let (file, memory) = try (VideoReader(path: path), VideoReader(bytes: bytes(path)))
    #expect(memory.info == file.info && memory.timeline == file.timeline)
    #expect(try allFrames(memory) == allFrames(file))
    #expect(memory.damage == nil)
    for seconds in [1.3, 0.2, 2.0] {
      memory.seek(to: seconds)
      file.seek(to: seconds)
      #expect(try memory.nextFrame() == file.nextFrame())
    }
  }

  @Test func whatIsNoVideoIsATypedError() throws {
    let text = Array(String(repeating: "All work and no play makes Jack a dull boy.\n", count: 50).utf8)
    for bytes in [[], [0], text, [UInt8](repeating: 0, count: 100_000)] {
      #expect(throws: VideoError.self) { try allFrames(VideoReader(bytes: bytes)) }
    }
    do {
      _ = try VideoReader(bytes: text)
      Issue.record("text is no video")
    } catch {
      #expect("\(error)".hasPrefix("the video in memory is not a readable video"))
    }
  }

  /// Playlists name other files, which memory is not to open.
  @Test func bytesNeverLeadToOtherFiles() throws {
    let path = try writeVideo(folder.path("a.mp4"), frames: 10)
    let segments = try writeVideo(folder.path("a.ts"), frames: 10)
    let playlists = [
      "ffconcat version 1.0\nfile '\(path)'\n", "ffconcat version 1.0\nfile 'file:\(path)'\n",
      "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n\(segments)\n#EXT-X-ENDLIST\n",
      "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:\(segments)\n#EXT-X-ENDLIST\n",
    ]
    for playlist in playlists {
      #expect(throws: VideoError.self) { try allFrames(VideoReader(bytes: Array(playlist.utf8))) }
    }
  }

  @Test(arguments: ["mp4", "mkv", "ts", "avi"])
  func damagedBytesGiveFramesOrATypedError(container: String) throws {
    let whole = try bytes(writeVideo(folder.path("a.\(container)"), frames: 20))
    func check(_ bytes: [UInt8]) {
      do {
        _ = try allFrames(VideoReader(bytes: bytes, threads: 1))
      } catch {
        #expect(error is VideoError, "\(error)")
      }
    }
    for part in 0..<16 { check(Array(whole.prefix(whole.count * part / 16))) }
    var state: UInt64 = 7
    func random(below limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
    for _ in 0..<60 {
      var bytes = whole
      for _ in 0..<(1 + random(below: 8)) {
        bytes[random(below: random(below: 2) == 0 ? min(1000, bytes.count) : bytes.count)] = UInt8(random(below: 256))
      }
      check(bytes)
    }
  }

  @Test func framesAreAVideoByTheirRateOrTimes() throws {
    let frames = try (0..<30).map { try picture($0) }
    let byRate = try DecodedVideo(frames, framesPerSecond: 25)
    #expect(byRate.timeline.count == 30 && abs(byRate.timeline.duration - 1.2) < 1e-9)
    #expect(byRate.info.width == 64 && byRate.info.frameCount == 30)
    // Times are counted from the first frame's.
    let late = try (0..<30).map { try picture($0, timestamp: 10 + Double($0) / 25) }
    let byTime = try DecodedVideo(late, lastFrameDuration: 0.04)
    #expect(zip(byTime.timeline.times, byRate.timeline.times).allSatisfy { abs($0 - $1) < 1e-9 })
    #expect(byTime.timeline.frames(from: 0.4, duration: 0.2) == byRate.timeline.frames(from: 0.4, duration: 0.2))
    let unordered = [frames[1], frames[0]]
    #expect(throws: VideoError.badFrames(reason: "the timestamps are not in order")) {
      try DecodedVideo(unordered, lastFrameDuration: 0.04)
    }
    #expect(throws: VideoError.badFrames(reason: "there are none")) { try DecodedVideo([], framesPerSecond: 25) }
    for rate in [0, -25, .nan, .infinity] {
      #expect(throws: VideoError.self) { try DecodedVideo(frames, framesPerSecond: rate) }
      #expect(throws: VideoError.self) { try DecodedVideo(frames, lastFrameDuration: rate) }
    }
  }

  private struct Stop: Error {}

  /// AVI is decoded as a whole before the first frame is given; of the others packets are read.
  @Test(arguments: ["mp4", "mkv", "avi"]) func readingEndsWhereItIsInterrupted(container: String) throws {
    let path = try writeVideo(folder.path("a.\(container)"), frames: 100)
    var calls = 0
    _ = try allFrames(VideoReader(path: path) { calls += 1 })
    #expect(calls >= 100)
    for limit in [1, calls / 2, calls - 1] {
      var left = limit
      #expect(throws: Stop.self) {
        try allFrames(
          VideoReader(path: path) {
            left -= 1
            if left == 0 { throw Stop() }
          })
      }
      #expect(left == 0)
    }
  }
}
