import Foundation
import Preprocessing
import Testing
import Video

@Suite struct RawVideoTests {
  /// Runs `body` with a reader of a pipe that holds `bytes` and ends.
  private func withReader<Result>(
    _ bytes: [UInt8], _ body: (RawFrameReader) throws -> Result
  ) throws -> Result {
    let pipe = Pipe()
    // Less than a pipe holds, so that no second thread is needed.
    try pipe.fileHandleForWriting.write(contentsOf: Data(bytes))
    try pipe.fileHandleForWriting.close()
    let format = try RawVideoFormat("4x3@10")
    return try body(RawFrameReader(descriptor: pipe.fileHandleForReading.fileDescriptor, format: format))
  }

  @Test func framesComeOneAfterTheOther() throws {
    let bytes = (0..<36 * 3).map { UInt8($0) }
    let frames = try withReader(bytes) { reader in
      var frames: [Frame] = []
      while let frame = try reader.nextFrame() { frames.append(frame) }
      return frames
    }
    #expect(frames.map(\.timestamp) == [0, 0.1, 0.2])
    #expect(frames.flatMap(\.pixels) == bytes)
  }

  @Test func aCutFrameEndsTheVideoAndIsTold() throws {
    let (first, second, damage) = try withReader([UInt8](repeating: 0, count: 36 + 35)) { reader in
      (try reader.nextFrame(), try reader.nextFrame(), reader.damage.map { "\($0)" })
    }
    #expect(first != nil && second == nil)
    #expect(damage?.contains("byte 35 of frame 1, which needs 36") == true)
    let only = try withReader([UInt8](repeating: 0, count: 35)) { reader in message { _ = try reader.nextFrame() } }
    #expect(only.contains("byte 35 of frame 0"))
  }

  @Test func aRateMayBeAFraction() throws {
    #expect(try RawVideoFormat("4x3@30000/1001").framesPerSecond == 30000.0 / 1001)
  }

  @Test func noInputIsAnError() throws {
    let text = try withReader([]) { reader in message { _ = try reader.nextFrame() } }
    #expect(text.contains("byte 0 of frame 0"))
  }

  @Test func unreadableInputIsAnError() throws {
    let reader = try RawFrameReader(descriptor: -1, format: RawVideoFormat("4x3@10"))
    #expect(message { _ = try reader.nextFrame() }.contains("cannot be read"))
  }

  @Test(arguments: [
    "", "4x3", "4x3@1/0", "4x3@1/2/3", "4x3@/2", "4@3", "x@", "4x3x2@10", "4x3@10@2", "0x3@10", "-4x3@10", "4x3@0",
    "4x3@inf", "4x3@x", "99999x3@10",
    "4x99999999999999999999@10",
  ])
  func badFormatsAreRefused(text: String) {
    #expect(throws: VideoError.self) { try RawVideoFormat(text) }
  }

  @Test func formatsAreReadFromText() throws {
    let format = try RawVideoFormat("640x360@29.97")
    #expect((format.width, format.height, format.framesPerSecond) == (640, 360, 29.97))
    #expect(format.frameByteCount == 640 * 360 * 3)
  }
}
