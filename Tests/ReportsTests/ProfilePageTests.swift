import Tensors
import CPU
@testable import Reports
import PageTestSupport
import Foundation
import TestSupport
import Testing

/// The page, as a browser draws it.
@Suite(.enabled(if: Chromium.path != nil, "Chromium is not installed (scripts/setup --tests)"))
struct ProfilePageTests {
  /// Looks at the drawn page from inside, and leaves what it finds as JSON.
  private static let probe = """
    <script>
    const box = (element) => element.getBoundingClientRect();
    const all = (selector) => [...document.querySelectorAll(selector)];
    const within = (inner, outer) => inner.left >= outer.left - 1 && inner.right <= outer.right + 1
      && inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1;
    const segments = all(".seg");
    const found = {
      title: document.title, heading: document.querySelector("h1").textContent,
      paper: getComputedStyle(document.body).backgroundColor,
      layout: layout(),
      segments: segments.length, labelled: segments.filter((s) => s.ariaLabel.includes(" ms")).length,
      drawn: segments.filter((s) => box(s).width > 0).length,
      width: segments.reduce((sum, s) => sum + box(s).width, 0) / box(document.querySelector(".strip")).width,
      inOrder: segments.every((s, i) => i === 0 || box(s).left >= box(segments[i - 1]).left),
      circles: all("circle").length,
      inside: all("circle").filter((c) => within(box(c), box(document.querySelector(".plot")))).length,
      text: all(".chart .axis, svg text").map((t) => t.textContent).join("|"),
      ticks: all(".ticks span").length, names: all("tbody tr td:nth-child(2)").map((c) => c.innerText).join("|"), bars: all(".narrow .bar").length, rows: all("tbody tr").length,
      overlong: all(".bar .track i").filter((i) => box(i).width > box(i.parentElement).width + 1).length,
    };
    const shown = segments[2];
    shown.dispatchEvent(new PointerEvent("pointerenter", { clientX: 5, clientY: 5 }));
    const tip = document.getElementById("tip");
    found.tip = tip.hidden ? "" : tip.textContent;
    found.lit = all(".on").map((e) => e.tagName.toLowerCase() + e.dataset.step).sort().join(" ");
    shown.dispatchEvent(new PointerEvent("pointerleave"));
    found.tipLeft = !tip.hidden || all(".on").length > 0;
    all("th button")[3].click();
    const times = all("tbody tr").map((row) => parseFloat(row.cells[3].textContent));
    found.sorted = times.every((time, i) => i === 0 || time <= times[i - 1]);
    found.script = document.documentElement.dataset.script;
    const result = document.createElement("template");
    result.id = "found";
    result.dataset.json = encodeURIComponent(JSON.stringify(found));
    document.body.append(result);
    </script>
    """

  @Test(arguments: [(1280, false), (390, false), (1280, true)])
  func drawsEveryStep(width: Int, isDark: Bool) throws {
    let report = try smallReport()
    let found = try Chromium.look(at: report.html(), by: Self.probe, width: width, isDark: isDark)
    let steps = report.profile.rows.count
    #expect(found["script"] == "ok")
    #expect(found["heading"] == .string(report.model) && found["title"] == .string("\(report.model): profile"))
    #expect(found["paper"] == (isDark ? "rgb(19, 20, 23)" : "rgb(250, 249, 246)"))
    expectGoodLayout(found, width: width, charts: 1)
    #expect(found["segments"] == JSON(steps) && found["labelled"] == JSON(steps) && found["rows"] == JSON(steps))
    #expect(found["inOrder"] == true && found["drawn"] == JSON(steps))
    guard case .number(let share) = found["width"] else {
      Issue.record("the strip has no width: \(found)")
      return
    }
    #expect(share > 0.85 && share <= 1.001)
    let dots = report.profile.rows.count { $0.record.flops > 0 }
    #expect(found["circles"] == JSON(dots) && found["inside"] == JSON(dots))
    for label in ["FLOP per byte", "GFLOP/s", "peak 200 GFLOP/s", "memory 30 GB/s", "cache 200 GB/s"] {
      #expect(found["text"].map { "\($0)".contains(label) } == true, "\(label)")
    }
    guard case .integer(let ticks) = found["ticks"] else { return }
    #expect((6...40).contains(ticks))
    // Whole names, whatever the width.
    #expect(found["names"] == .string(report.profile.rows.map(\.record.path).joined(separator: "|")))
    #expect(found["bars"] == JSON(report.lines(by: .block).count) && found["overlong"] == 0)
  }

  @Test func whatStandsForAStepLightsUpTogetherAndColumnsSort() throws {
    let report = try smallReport()
    let found = try Chromium.look(at: report.html(), by: Self.probe, width: 1280, isDark: false)
    let line = report.lines(by: .operation)[2]
    #expect(found["tip"].map { "\($0)".contains(report.profile.rows[2].record.kernel) } == true)
    let lit = try #require(found["lit"].map { "\($0)" })
    #expect(lit.contains("a2") && lit.contains("tr2") && lit.contains("circle2") == (line.flops > 0))
    #expect(found["tipLeft"] == false && found["sorted"] == true)
  }

  @Test func namesAreTextAndNeverMarkup() throws {
    let html = try smallReport().html()
    #expect(!html.contains("<script>alert") && !html.contains("<b>processor"))
    #expect(html.contains("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;small&#39;"))
    let odd = "a\u{0}b\"c" as String
    #expect(("\(odd)" as Markup).text == "a\\u{0}b&quot;c")
    // As on a terminal: a file's name that is not UTF-8, an override of direction.
    #expect(("\(PathText.text(of: [0x63, 0xE9]) + "\u{202E}")" as Markup).text == "c\\xE9\\u{202e}")
  }

  @Test func thePageNeedsNothingElse() throws {
    let html = try smallReport().html()
    for word in ["http:", "https:", "src=", "@import", "url(", "<link"] { #expect(!html.contains(word), "\(word)") }
  }
}
