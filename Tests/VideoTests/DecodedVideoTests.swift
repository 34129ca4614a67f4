import Foundation
import Preprocessing
import Testing
import Video

@Suite struct DecodedVideoTests {
  /// Spans that begin and end on frames and between them, before and after the video, and hold none.
  @Test(arguments: ["mp4", "mkv", "ts"])
  func framesOfSpansAreThoseOfTheFile(container: String) throws {
    let folder = try TemporaryFolder()
    // A gap, as in slide shows.
    let times = (0..<40).map { Double($0) / 25 + ($0 < 20 ? 0 : 1) }
    let path = try writeVideo(folder.path("a.\(container)"), frames: 40, times: times)
    let decoded = try #require(try DecodedVideo(path: path) { $0 })
    #expect(decoded.byteCount == 40 * 64 * 48 * 3)
    for start in [0, 0.04, 0.05, 0.4, 0.76, 0.79, 1, 1.7, 1.8, 2.5, 2.56, 2.6, 9] {
      for duration in [0, 0.01, 0.04, 0.3, 0.4, 1, 4] {
        // By place: a file whose packets cannot be counted is read more than once.
        func frames(_ source: some FrameSource) throws -> (available: Int, byPlace: [Int: Frame]) {
          var byPlace: [Int: Frame] = [:]
          let available = try source.readFrames(from: start, duration: duration, count: 5) { frame, places in
            for place in places { byPlace[place] = frame }
          }
          return (available, byPlace)
        }
        let (expected, found) = (try frames(VideoReader(path: path)), try frames(decoded))
        #expect(found.available == expected.available, "\(duration) s from \(start) s")
        let isSame = found.byPlace == expected.byPlace && found.byPlace.count == 5
        #expect(isSame, "\(duration) s from \(start) s")
      }
    }
  }

  @Test func decodingEndsWhereItIsToldAndDamagedVideosAreNotKept() throws {
    let folder = try TemporaryFolder()
    let path = try writeVideo(folder.path("a.mkv"), frames: 60)
    var seen = 0
    let cut = try DecodedVideo(path: path) { frame in
      seen += 1
      return seen < 10 ? frame : nil
    }
    #expect(cut == nil && seen == 10)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let damaged = try folder.file("b.mkv", bytes.prefix(bytes.count * 2 / 3))
    #expect(try DecodedVideo(path: damaged) { $0 } == nil)
  }
}
