import Tensors
import Video
import Reports
import PageTestSupport
import Foundation
import TestSupport
import Testing

@testable import VideoAccelerator

/// The page of a timeline, as a browser draws it.
@Suite(.enabled(if: Chromium.path != nil, "Chromium is not installed (scripts/setup --tests)"))
struct TimelinePageTests {
  private static let probe = """
    <script>
    const all = (selector) => [...document.querySelectorAll(selector)];
    const box = (element) => element.getBoundingClientRect();
    const spans = all(".span"), film = box(document.querySelector(".film")), plot = box(document.querySelector(".trace .plot"));
    const readable = (s) => { const text = s.firstElementChild; return getComputedStyle(text).visibility === "hidden" || text.scrollWidth <= s.clientWidth; };
    const found = {
      script: document.documentElement.dataset.script, layout: layout(), heading: document.querySelector("h1").textContent,
      spans: spans.length, readable: spans.every(readable), named: spans.every((s) => s.ariaLabel.includes(" s")),
      covers: Math.abs(spans.reduce((sum, s) => sum + box(s).width, 0) - film.width) < 1,
      aligned: Math.abs(film.left - plot.left) < 1 && Math.abs(film.right - plot.right) < 1,
      charts: all(".trace").length, curves: all(".trace .curve").length,
      scores: all(".trace:first-of-type .ticks.up span").map((t) => t.textContent).join(" "),
      titles: all(".axis.along").filter((t) => box(t).width > 0).map((t) => t.textContent).join("|"),
      figure: document.querySelector(".figures div").innerText.replace(/\\s+/g, " "), rows: all("tbody tr").length,
    };
    const result = document.createElement("template");
    result.id = "found";
    result.dataset.json = encodeURIComponent(JSON.stringify(found));
    document.body.append(result);
    </script>
    """

  /// 2 s in 24 clips of three classes, under names that pages have to escape.
  private func page(in folder: String) throws -> (VideoTimeline, String) {
    let path = "\(folder)/<b onerror=x>a&b.mp4"
    try VideoWriter.write(to: path, width: 64, height: 48) { writer in
      for index in 0..<60 {
        let pixels = [UInt8](repeating: UInt8(index * 4), count: 64 * 48 * 3)
        try writer.append(Frame(width: 64, height: 48, pixels: pixels, timestamp: Double(index) / 30))
      }
    }
    let moments = (0..<24).map { index in
      let best = index < 10 ? 0 : index < 12 ? 1 : index < 18 ? 2 : 0
      return VideoTimeline.Moment(
        start: 0.08 * Double(index), end: 0.08 * Double(index) + 0.16,
        scores: (0..<3).map { $0 == best ? 0.9 : 0.05 })
    }
    let timeline = VideoTimeline(
      labels: ["<script>alert(1)</script>", "playing a very long instrument with one hand & \"two\" feet", "walk"],
      moments: moments, gaps: [], duration: 2, damage: nil, smoothing: .none)
    let origin = PageOrigin(arguments: ["/opt/accelerator", "classify", path], threads: 2)
    return (timeline, try TimelinePage(timeline, path: path, model: "<i>m</i>").html(origin: origin))
  }

  @Test(arguments: [(1280, false), (390, true)]) func drawsSegmentsAndScores(width: Int, isDark: Bool) throws {
    try withTemporaryFolder { folder in
      let (timeline, html) = try page(in: folder)
      let found = try Chromium.look(at: html, by: Self.probe, width: width, isDark: isDark)
      #expect(found["script"] == "ok" && found["heading"] == "<b onerror=x>a&b.mp4")
      expectGoodLayout(found, width: width, charts: 3)
      #expect(timeline.segments.count == 4 && found["spans"] == 4 && found["rows"] == 4)
      #expect(found["readable"] == true && found["named"] == true)
      #expect(found["covers"] == true && found["aligned"] == true)
      #expect(found["charts"] == 3 && found["curves"] == 6 && found["scores"] == "0 % 50 % 100 %")
      #expect(found["titles"] == .string([String](repeating: "time, s", count: 2).joined(separator: "|")))
      // 0.0 – 0.84 and 1.48 – 2.0 together.
      #expect(
        found["figure"].map { "\($0)".contains("most of the time <script>alert(1)</script> 1.4 of 2.0 s") } == true)
      #expect(found["layout"]?["foot"].map { "\($0)".contains("accelerator classify ") } == true)
    }
  }
}
