import Foundation
import PageTestSupport
import Reports
import Tensors
import TestSupport
import Testing
import Video

@testable import VideoAccelerator

/// What is made of shots: edit lists, files, pages.
@Suite struct ShotOutputTests {
  /// Published examples of drop-frame timecode among them: the first two numbers of each minute are left out, but for every
  /// tenth minute's.
  private static let timecodes: [(rate: Double, frame: Int, text: String)] = [
    (25, 90_000, "01:00:00:00"), (24, 2_160_000, "01:00:00:00"), (30, 1799, "00:00:59:29"),
    (30_000.0 / 1001, 1799, "00:00:59;29"), (30_000.0 / 1001, 1800, "00:01:00;02"),
    (30_000.0 / 1001, 17_981, "00:09:59;29"), (30_000.0 / 1001, 17_982, "00:10:00;00"),
    (30_000.0 / 1001, 107_892, "01:00:00;00"), (60_000.0 / 1001, 3600, "00:01:00;04"),
    (60_000.0 / 1001, 35_964, "00:10:00;00"), (24_000.0 / 1001, 1440, "00:01:00:00"), (29.97, 1800, "00:01:00;02"),
    (12.5, 780, "00:01:00:00"), (1000, 999, "00:00:01:00"), (0, 1, "00:00:01:00"),
  ]

  @Test(arguments: timecodes)
  func timecodesFollowTheRate(_ example: (rate: Double, frame: Int, text: String)) {
    #expect(TimecodeRate(example.rate).text(example.frame) == example.text)
  }

  @Test func framesOfConstantRatesKeepTheirNumbers() {
    for rate in [23.976, 24_000 / 1001.0, 25, 29.97, 30_000 / 1001.0, 50, 60_000 / 1001.0, 60] {
      let timecode = TimecodeRate(rate)
      for frame in [0, 1, 1799, 100_000, 215_784] {
        // Times of some containers are rounded to milliseconds.
        let time = (Double(frame) / timecode.framesPerSecond * 1000).rounded() / 1000
        #expect(timecode.frame(at: time) == frame)
      }
    }
  }

  @Test func anEditListHasAnEventForEachShot() throws {
    let shots = try ShotDetector(ShotVideos.model()).shots(
      of: DecodedVideo(ShotVideos.frames([30, 45]), framesPerSecond: 30_000 / 1001.0))
    #expect(
      shots.editList(name: "a\nb.mp4") == """
        TITLE: a\\u{a}b.mp4
        FCM: DROP FRAME

        001  AX       V     C        00:00:00;00 00:00:01;00 00:00:00;00 00:00:01;00
        * FROM CLIP NAME: a\\u{a}b.mp4
        002  AX       V     C        00:00:01;00 00:00:02;15 00:00:01;00 00:00:02;15
        * FROM CLIP NAME: a\\u{a}b.mp4

        """)
  }

  @Test func shotsAreWrittenFrameByFrame() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/film.mkv"
      try ShotVideos.write([12, 2, 30], to: path)
      let shots = try ShotDetector(ShotVideos.model()).shots(of: VideoFile(path: path))
      let files = ShotFiles(shots, of: path, in: "\(folder)/a/b")
      #expect(files.paths == (1...3).map { "\(folder)/a/b/film-00\($0).mp4" })
      try files.write()
      for (file, count) in zip(files.paths, [12, 2, 30]) {
        let video = try VideoReader(path: file)
        #expect(video.timeline.count == count && video.info.width == 128 && video.info.height == 72)
        let frame = try #require(try video.nextFrame())
        let own = try ShotVideos.frames([12, 2, 30])[shots.shots[files.paths.firstIndex(of: file) ?? 0].startFrame]
        #expect(zip(frame.pixels, own.pixels).allSatisfy { abs(Int($0) - Int($1)) < 16 })
      }
    }
  }

  @Test(
    .enabled(if: Chromium.path != nil, "Chromium is not installed (scripts/setup --tests)"), arguments: [1280, 390])
  func aPageHasAPictureOfEachShot(width: Int) throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/<b>a&b.mp4"
      try ShotVideos.write([40, 25, 60], to: path)
      let shots = try ShotDetector(ShotVideos.model()).shots(of: VideoFile(path: path))
      let html = try ShotsPage(shots, path: path, model: "<i>m</i>").html()
      let probe = """
        <script>
        const all = (selector) => [...document.querySelectorAll(selector)];
        const found = {
          script: document.documentElement.dataset.script, layout: layout(), heading: document.querySelector("h1").textContent,
          spans: all(".span").length, rows: all("tbody tr").length, pictures: all(".shots img").filter((i) => i.naturalWidth > 0).length,
          captions: all(".shots figcaption").map((c) => c.textContent).join("|"),
        };
        const result = document.createElement("template");
        result.id = "found";
        result.dataset.json = encodeURIComponent(JSON.stringify(found));
        document.body.append(result);
        </script>
        """
      let found = try Chromium.look(at: html, by: probe, width: width, isDark: false)
      #expect(found["script"] == "ok" && found["heading"] == "<b>a&b.mp4")
      #expect(found["spans"] == 3 && found["rows"] == 3 && found["pictures"] == 3)
      #expect(found["captions"] == "1 0.00 s, 1.60 s long|2 1.60 s, 1.00 s long|3 2.60 s, 2.40 s long")
      expectGoodLayout(found, width: width, charts: 0)
    }
  }
}
