import Foundation
import TestSupport
import Testing

import Reports
import Tensors

/// A browser without a window.
package enum Chromium {
  /// The command, under any of its names.
  package static let path: String? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return ["chromium", "chromium-browser", "google-chrome"].lazy
      .flatMap { name in folders.lazy.map { "\($0)/\(name)" } }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// Opens a page with a script added at its end, and returns the JSON that the script leaves in `#found`.
  package static func look(at html: String, by probe: String, width: Int, isDark: Bool) throws -> JSON {
    try withTemporaryFolder { folder in
      let page = html.replacingOccurrences(of: "</body>", with: "\(measures)\(probe)</body>")
        .replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "\"", with: "&quot;")
      // A window is no narrower than 500 pixels, a frame in it is.
      let frame = """
        <!DOCTYPE html><meta charset="utf-8"><body style="margin: 0">
        <iframe style="border: 0; width: \(width)px; height: 2000px" srcdoc="\(page)"></iframe>
        <script>
        addEventListener("load", () => document.body.append(document.querySelector("iframe").contentDocument.getElementById("found")));
        </script></body>
        """
      try frame.write(toFile: "\(folder)/page.html", atomically: true, encoding: .utf8)
      let process = Process()
      process.executableURL = URL(fileURLWithPath: try #require(path))
      process.arguments = [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
        "--user-data-dir=\(folder)/user", "--window-size=\(width),2000", "--timeout=30000", "--dump-dom",
        "--blink-settings=preferredColorScheme=\(isDark ? 0 : 1)", "file://\(folder)/page.html",
      ]
      let output = Pipe()
      process.standardOutput = output
      process.standardError = FileHandle.nullDevice
      try process.run()
      let dom = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      let start = try #require(dom.range(of: "data-json=\""), "the page has no result: \(dom.suffix(500))")
      let json = try #require(dom[start.upperBound...].prefix { $0 != "\"" }.removingPercentEncoding)
      return try JSON(parsing: Array(json.utf8), path: "page")
    }
  }
}

extension Chromium {
  /// Functions for probes: `layout()` measures what every page must get right.
  package static let measures = """
    <script>
    const layout = () => {
      const elements = [...document.body.querySelectorAll("*")].filter((e) => !e.closest("script, template, title, #tip"));
      const name = (e) => e.tagName.toLowerCase() + "." + (e.className.baseVal ?? e.className) + ": " + e.textContent.trim().slice(0, 40);
      const box = (e) => e.getBoundingClientRect();
      const drawn = elements.filter((e) => box(e).width > 0 && getComputedStyle(e).visibility !== "hidden");
      // Tables may scroll in a box of their own, charts fit.
      const free = drawn.filter((e) => !e.closest(".scroll > *") || e.matches("svg"));
      const lines = (e) => { const range = document.createRange(); range.selectNodeContents(e); return new Set([...range.getClientRects()].map((r) => Math.round(r.top))).size; };
      const ownText = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());

      // Contrast of texts, through whatever lies behind them.
      const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
      const rgba = (color) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
      const behind = (e) => {
        const layers = [];
        for (let p = e; p; p = p.parentElement) { const c = rgba(getComputedStyle(p).backgroundColor); layers.push(c); if (c[3] === 255) break; }
        return layers.reduceRight((under, c) => under.map((u, i) => u + (c[i] - u) * c[3] / 255), [255, 255, 255]);
      };
      const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
      const contrast = (e) => {
        const style = getComputedStyle(e), [a, b] = [light(rgba(e instanceof SVGElement ? style.fill : style.color).slice(0, 3)), light(behind(e.closest("svg")?.parentElement ?? e))];
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      };
      const collide = (texts) => texts.some((a, i) => texts.slice(i + 1).some((b) => box(a).left < box(b).right - 0.5 && box(b).left < box(a).right - 0.5
        && box(a).top + 1 < box(b).bottom - 1 && box(b).top + 1 < box(a).bottom - 1));
      const ticks = [...document.querySelectorAll(".ticks")].filter((t) => box(t).width > 0);
      return {
        width: innerWidth,
        scrolls: document.documentElement.scrollWidth > innerWidth,
        outside: free.filter((e) => box(e).right > innerWidth + 0.5 || box(e).left < -0.5).map(name),
        cut: drawn.filter((e) => ownText(e) && !(e instanceof SVGElement) && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== "visible").map(name),
        wrapped: drawn.filter((e) => e.matches(".value, td:not(.text, .cell, .pairs td, .corner)") && lines(e) > 1).map(name),
        faint: drawn.filter((e) => ownText(e) && contrast(e) < 4.49).map((e) => name(e) + " " + contrast(e).toFixed(2)),
        colliding: ticks.filter((t) => collide([...t.children].filter((c) => box(c).width > 0))).map(name),
        axes: ticks.filter((t) => t.children.length > 1).length,
        foot: document.querySelector("footer .origin").innerText,
        scripts: document.scripts.length, foreign: document.querySelectorAll("[onerror], iframe, link, main script, main style").length,
      };
    };
    </script>
    """
}

/// Expects of a page, at the width at which a probe has measured it: nothing sticks out, nothing is cut off, numbers stay in a
/// line, texts can be read, charts have axes, the foot says how the page came to be, and names are never markup.
package func expectGoodLayout(_ found: JSON, width: Int, charts: Int) {
  guard let layout = found["layout"] else {
    Issue.record("the probe has not measured the layout")
    return
  }
  #expect(layout["width"] == JSON(width) && layout["scrolls"] == false)
  for fault in ["outside", "cut", "wrapped", "faint", "colliding"] {
    #expect(layout[fault] == .array([]), "\(fault)")
  }
  if case .integer(let axes) = layout["axes"] { #expect(axes >= 2 * charts) } else { Issue.record("no axes") }
  // The page's own, the measures and the probe.
  #expect(layout["scripts"] == 3 && layout["foreign"] == 0)
  for text in ["UTC", "VideoAccelerator \(VideoAcceleratorVersion.version)", "machine", "model"] {
    #expect(layout["foot"].map { "\($0)".contains(text) } == true, "\(text)")
  }
}
