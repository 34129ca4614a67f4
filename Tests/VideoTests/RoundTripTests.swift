import Foundation
import Preprocessing
import Testing
import Video

@Suite struct RoundTripTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: ["mp4", "mov", "mkv", "ts"])
  func whatIsWrittenIsRead(container: String) throws {
    let path = try writeVideo(folder.path("a.\(container)"), frames: 30)
    let reader = try VideoReader(path: path)
    #expect((reader.info.width, reader.info.height, reader.info.codec) == (64, 48, "h264"))
    #expect(reader.info.pixelFormat == "yuv420p")
    #expect(abs(reader.info.averageFrameRate - 25) < 0.01)
    #expect(abs(reader.info.duration - 1.2) < 0.045, "\(reader.info.duration)")
    #expect(reader.info.frameCount == 30)
    #expect(!reader.info.hasAudio && reader.info.rotation == 0)
    let frames = try allFrames(reader)
    #expect(frames.count == 30)
    for (number, frame) in frames.enumerated() {
      #expect(abs(frame.timestamp - Double(number) / 25) < 0.001)
      #expect(try meanDifference(frame, picture(number)) < 6)
    }
    #expect(reader.damage == nil)
    #expect(try reader.nextFrame() == nil)
  }

  @Test(arguments: [(63, 47), (64, 47), (33, 48), (1, 1), (3, 1)])
  func oddSizesKeepTheirSize(width: Int, height: Int) throws {
    let path = try writeVideo(folder.path("odd.mp4"), frames: 5, width: width, height: height)
    let reader = try VideoReader(path: path)
    #expect((reader.info.width, reader.info.height, reader.info.pixelFormat) == (width, height, "yuv444p"))
    let frames = try allFrames(reader)
    #expect(frames.count == 5)
    #expect(frames.allSatisfy { $0.width == width && $0.height == height })
    #expect(try meanDifference(frames[4], picture(4, width: width, height: height)) < 8)
  }

  /// Whatever there was before in the memory that the encoder gets.
  @Test func theSameFramesGiveTheSameBytes() throws {
    typealias SetOption = @convention(c) (_ option: CInt, _ value: CInt) -> CInt
    // Glibc's `M_PERTURB`: fills what is allocated.
    let setOption = dlsym(nil, "mallopt").map { unsafeBitCast($0, to: SetOption.self) }
    let perturb = { (filling: CInt) in _ = setOption?(-6, filling) }
    defer { perturb(0) }
    let files = try [1, 77, 129, 200, 255].map { (filling: CInt) in
      perturb(filling)
      return try Data(contentsOf: URL(fileURLWithPath: writeVideo(folder.path("\(filling).mp4"), frames: 25)))
    }
    #expect(Set(files).count == 1)
  }

  @Test func variableFrameRateKeepsItsTimes() throws {
    let times = [0, 0.04, 0.05, 0.5, 0.51, 2, 2.001, 7.25]
    let path = try writeVideo(folder.path("vfr.mp4"), frames: times.count, times: times)
    let frames = try allFrames(VideoReader(path: path))
    #expect(frames.count == times.count)
    for (frame, time) in zip(frames, times) { #expect(abs(frame.timestamp - time) < 0.0001) }
  }

  @Test(arguments: [90, 180, 270])
  func rotationTurnsFramesClockwise(degrees: Int) throws {
    let encoding = VideoEncoding(framesPerSecond: 25, constantRateFactor: 10, rotation: degrees)
    let path = try writeVideo(folder.path("turned.mp4"), frames: 3, encoding: encoding)
    let reader = try VideoReader(path: path)
    let shown = try allFrames(reader)
    let plain = try allFrames(
      VideoReader(
        path: writeVideo(
          folder.path("plain.mp4"), frames: 3, encoding: VideoEncoding(framesPerSecond: 25, constantRateFactor: 10))))
    let isUpright = degrees == 180
    #expect(reader.info.rotation == degrees)
    #expect((reader.info.width, reader.info.height) == (isUpright ? 64 : 48, isUpright ? 48 : 64))
    for (frame, stored) in zip(shown, plain) {
      #expect((frame.width, frame.height) == (reader.info.width, reader.info.height))
      var expected: [UInt8] = []
      for y in 0..<frame.height {
        for x in 0..<frame.width {
          // Where the pixel that is shown here is stored.
          let (p, q) =
            switch degrees {
            case 90: (y, 47 - x)
            case 180: (63 - x, 47 - y)
            default: (63 - y, x)
            }
          expected += stored.pixels[(q * 64 + p) * 3..<(q * 64 + p) * 3 + 3]
        }
      }
      #expect(frame.pixels == expected)
    }
    #expect(shown.count == 3)
  }

  @Test func aStreamMayChangeItsSizeAndKeepsTheFirst() throws {
    // MPEG-TS files can be put one after the other.
    let small = try Data(contentsOf: URL(fileURLWithPath: writeVideo(folder.path("s.ts"), frames: 10)))
    let large = try Data(
      contentsOf: URL(fileURLWithPath: writeVideo(folder.path("l.ts"), frames: 10, width: 96, height: 80)))
    let path = try folder.file("both.ts", small + large)
    let frames = try allFrames(VideoReader(path: path))
    #expect(frames.count == 20)
    #expect(frames.allSatisfy { $0.width == 64 && $0.height == 48 })
    #expect(try meanDifference(frames[19], picture(9)) < 12)
  }

  @Test func failedWritingLeavesWhatWasThere() throws {
    struct Stop: Error {}
    let path = try folder.file("kept.mp4", Data("old".utf8))
    #expect(throws: Stop.self) {
      try VideoWriter.write(to: path, width: 64, height: 48) { writer in
        try writer.append(picture(0))
        throw Stop()
      }
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["kept.mp4"])
  }

  @Test func framesThatDoNotFitAreRefused() throws {
    let path = folder.path("x.mp4")
    func write(_ frames: [Frame], encoding: VideoEncoding = VideoEncoding()) -> String {
      message {
        try VideoWriter.write(to: path, width: 64, height: 48, encoding: encoding) { try frames.forEach($0.append) }
      }
    }
    #expect(try write([picture(0, width: 48, height: 64)]).contains("48x64 pixels does not fit"))
    #expect(try write([picture(1), picture(0)]).contains("cannot follow"))
    #expect(try write([picture(0, timestamp: .nan)]).contains("cannot follow"))
    #expect(write([], encoding: VideoEncoding(rotation: 45)).contains("rotation"))
    #expect(write([], encoding: VideoEncoding(constantRateFactor: 60)).contains("rate factor"))
    #expect(write([], encoding: VideoEncoding(framesPerSecond: 0)).contains("frame rate"))
    #expect(!FileManager.default.fileExists(atPath: path))
    let missing = message {
      try VideoWriter.write(to: folder.path("no/such/x.mp4"), width: 64, height: 48) { _ in }
    }
    #expect(missing.contains("No such file"))
    let unknown = message { try VideoWriter.write(to: folder.path("x.abc"), width: 64, height: 48) { _ in } }
    #expect(unknown.contains("extension"))
    let huge = message { try VideoWriter.write(to: path, width: 20000, height: 48) { _ in } }
    #expect(huge.contains("20000x48"))
  }
}
