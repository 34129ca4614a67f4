import Foundation
import Preprocessing
import Testing
import Video

/// Frames that nobody wants are not decoded where no other needs them, and change no other.
@Suite struct LeftOutFrameTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: ["mp4", "mkv", "ts"], [0, 1, 3])
  func theFramesThatAreWantedAreTheSame(container: String, bidirectionalFrames: Int) throws {
    let encoding = VideoEncoding(
      framesPerSecond: 25, keyFrameInterval: 30, bidirectionalFrames: bidirectionalFrames)
    let path = try writeVideo(folder.path("a.\(container)"), frames: 70, encoding: encoding)
    let all = try allFrames(VideoReader(path: path))
    #expect(all.count == 70)
    for threads in [1, 3] {
      for step in [1, 2, 7, 13, 33] {
        let reader = try VideoReader(path: path, threads: threads)
        let wanted = Array(stride(from: step / 2, to: 70, by: step))
        var numbers: [Int] = []
        try reader.decodeFrames(wanted) { number, frame in
          numbers.append(number)
          #expect(frame == all[number], "frame \(number), every \(step)th, \(threads) threads")
        }
        #expect(numbers == wanted)
        if bidirectionalFrames > 0, step >= 7 { #expect(reader.decodedFrameCount < 65, "every \(step)th") }
        #expect(reader.damage == nil)
      }
    }
  }

  @Test func whatIsWantedLaterIsDecodedThen() throws {
    let path = try writeVideo(
      folder.path("a.mp4"), frames: 50,
      encoding: VideoEncoding(framesPerSecond: 25, keyFrameInterval: 50, bidirectionalFrames: 3))
    let all = try allFrames(VideoReader(path: path))
    let reader = try VideoReader(path: path, threads: 1)
    try reader.decodeFrames([0, 20]) { #expect($1 == all[$0]) }
    for number in 21..<24 { #expect(try reader.nextFrame() == all[number]) }
    try reader.decodeFrames(Array(20..<30)) { #expect($1 == all[$0]) }
    #expect(try allFrames(reader) == Array(all[30...]))
  }
}
