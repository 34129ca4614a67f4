import Foundation
import Preprocessing
import Testing
import Video

/// Frames as JPEG files.
@Suite struct PictureTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The frame, written as a JPEG file and read again.
  private func reread(_ frame: Frame, height: Int) throws -> Frame {
    let path = try folder.file("picture.jpg", Data(frame.jpeg(height: height)))
    return try #require(try VideoReader(path: path).nextFrame())
  }

  @Test(arguments: [(64, 48), (33, 21)]) func aPictureSaysWhatTheFrameSays(width: Int, height: Int) throws {
    let pixels = (0..<width * height * 3).map { offset -> UInt8 in
      let (x, y) = (offset / 3 % width, offset / 3 / width)
      return [UInt8(x * 3), UInt8(y * 4), 128][offset % 3]
    }
    let picture = try reread(Frame(width: width, height: height, pixels: pixels), height: 20)
    #expect(picture.height == 20 && abs(Double(picture.width) - 20 * Double(width) / Double(height)) <= 1)
    for (x, y) in [(3, 3), (picture.width - 4, 16)] {
      let found = picture.pixels[(y * picture.width + x) * 3..<(y * picture.width + x) * 3 + 3].map(Int.init)
      let scale = Double(height) / 20
      let expected = [Int((Double(x) + 0.5) * scale * 3), Int((Double(y) + 0.5) * scale * 4), 128]
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 12 }, "\(found) \(expected)")
    }
  }

  /// Nothing but the frame gets into the picture, whatever lies beyond its rows.
  @Test(arguments: [(33, 21), (35, 35), (1, 1), (2, 3), (64, 1), (641, 361)])
  func aPlainFrameIsPlainUpToItsEdges(width: Int, height: Int) throws {
    let red = try Frame(
      width: width, height: height, pixels: (0..<width * height * 3).map { $0 % 3 == 0 ? 255 : 0 })
    for rows in [20, height] {
      let picture = try reread(red, height: rows)
      let worst = picture.pixels.enumerated().map { abs(Int($1) - ($0 % 3 == 0 ? 255 : 0)) }.max() ?? 255
      #expect(worst <= 4, "\(rows) rows")
    }
  }
}
