import Tensors
import IR
import PageTestSupport
import ModelTestSupport
import Models
@testable import Passes
@testable import Quantization
@testable import Reports
import TestSupport
import Testing

/// The page of a model in integers, as a browser draws it.
@Suite(.enabled(if: Chromium.path != nil, "Chromium is not installed (scripts/setup --tests)"))
struct QuantizationPageTests {
  private static let probe = """
    <script>
    const all = (selector) => [...document.querySelectorAll(selector)];
    const box = (element) => element.getBoundingClientRect();
    const plot = box(document.querySelector(".plot"));
    // A dot's middle; its rim may touch the edge.
    const middle = (c) => [(box(c).left + box(c).right) / 2, (box(c).top + box(c).bottom) / 2];
    const inside = (c) => middle(c)[0] >= plot.left - 1 && middle(c)[0] <= plot.right + 1 && middle(c)[1] >= plot.top - 1
      && middle(c)[1] <= plot.bottom + 1;
    const full = all("circle:not(.hollow)"), hollow = all("circle.hollow");
    const found = {
      heading: document.querySelector("h1").textContent, full: full.length, hollow: hollow.length,
      inside: [...full, ...hollow].filter(inside).length,
      inOrder: full.every((c, i) => i === 0 || box(c).left > box(full[i - 1]).left),
      // Dots stand higher where more is kept.
      higher: all("tbody tr[data-step]").every((row, i, rows) => i === 0 || Math.sign(
        parseFloat(rows[i - 1].cells[4].textContent) - parseFloat(row.cells[4].textContent))
        * (box(full[i]).top - box(full[i - 1]).top) >= -0.5),
      kept: all("tbody tr:not([data-step])").length, layout: layout(),
      text: document.body.innerText,
    };
    found.script = document.documentElement.dataset.script;
    const result = document.createElement("template");
    result.id = "found";
    result.dataset.json = encodeURIComponent(JSON.stringify(found));
    document.body.append(result);
    </script>
    """

  private static let report = Result { () -> QuantizationReport in
    let graph = try SmallModel.architecture.graph()
    let clips = RandomWeights.clips([12, 3, 4, 32, 32], seed: 1)
    let weights = try RandomWeights.make(for: graph, seed: 1, measuringOn: [clips])
    let all = Calibration.clips(of: clips, name: "clip")
    return try Transmuter(target: .host).deploy(
      Model(name: "test", graph: graph, weights: weights),
      quantizedBy: Quantizer(observer: .mse, budget: .decibels(20), measuresLatency: true),
      calibration: Calibration(clips: Array(all.prefix(8))), others: Array(all.suffix(4))
    ).report
  }

  @Test(arguments: [(1280, true), (390, false)]) func drawsEveryValue(width: Int, isDark: Bool) throws {
    let report = try Self.report.get()
    let found = try Chromium.look(
      at: report.html(model: "<b>mine</b>"), by: Self.probe, width: width, isDark: isDark)
    #expect(found["script"] == "ok" && found["heading"] == "<b>mine</b>")
    expectGoodLayout(found, width: width, charts: 1)
    let values = report.values.count
    #expect(found["full"] == JSON(values) && found["hollow"] == JSON(values) && found["inside"] == JSON(2 * values))
    #expect(found["inOrder"] == true && found["higher"] == true)
    let layers = report.mixed?.layers.count ?? 0
    #expect(found["kept"] == JSON(layers + report.floatLayers.count))
    let latency = try #require(report.latencies).fp32.fixed(2)
    let others = try #require(report.others).decibels.fixed(1)
    for text in ["equaliz", "Accuracy budget", "\(latency) ms", others, "16 bits"] {
      #expect(found["text"].map { "\($0)".contains(text) } == true, "\(text)")
    }
  }
}
