import TestSupport
import Testing

@testable import Training
@testable import VideoAccelerator

/// The page of a training, as a browser draws it.
@Suite(.enabled(if: Chromium.path != nil, "Chromium is not installed (scripts/setup --tests)"))
struct TrainingPageTests {
  private static let probe = """
    <script>
    const all = (selector) => [...document.querySelectorAll(selector)];
    const box = (element) => element.getBoundingClientRect();
    const within = (inner, outer) => inner.left >= outer.left - 1 && inner.right <= outer.right + 1
      && inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1;
    const [loss, accuracy, rate] = all("svg.curves");
    const ends = (svg) => svg.querySelector(".curve.k0").getAttribute("points").trim().split(" ");
    const height = (pair) => parseFloat(pair.split(",")[1]);
    const found = {
      heading: document.querySelector("h1").textContent, curves: all("svg.curves").length,
      points: ends(loss).length, dots: all("circle").length,
      inside: all("circle, .curve, .band, .cell").every((c) => box(c).width + box(c).height === 0 || within(box(c), box(c.closest("svg")))),
      falls: height(ends(loss)[0]) < height(ends(loss).at(-1)), rises: height(ends(accuracy)[0]) > height(ends(accuracy).at(-1)),
      cells: all(".cell").length, counts: all(".confusion .count").map((t) => t.textContent).join(" "),
      diagonal: all(".cell.k2").every((c, i, cells) => i === 0 || box(c).left > box(cells[i - 1]).left && box(c).top > box(cells[i - 1]).top),
      tables: all("table").length, rows: all("tbody tr").length, overflows: document.documentElement.scrollWidth > innerWidth,
      paper: getComputedStyle(document.body).backgroundColor, text: document.body.innerText,
    };
    // The second column of one table, and no other.
    const order = (table) => [...table.tBodies[0].rows].map((row) => row.cells[0].textContent).join("|");
    const [others, classes] = [all("table"), all("table")[1]];
    others.splice(1, 1);
    const before = others.map(order).join();
    classes.tHead.rows[0].cells[1].querySelector("button").click();
    found.sorted = order(classes);
    found.othersStay = others.map(order).join() === before;
    found.script = document.documentElement.dataset.script;
    const result = document.createElement("template");
    result.id = "found";
    result.dataset.json = encodeURIComponent(JSON.stringify(found));
    document.body.append(result);
    </script>
    """

  /// Three epochs of 300 steps, three classes.
  private func report() -> TrainingReport {
    var history = TrainingHistory()
    for step in 1...900 {
      let done = Double(step) / 900
      history.add(
        .step(
          TrainingStep(
            step: step, epoch: (step - 1) / 300, loss: step == 450 ? .nan : 1.1 - done + 0.1 * Double(step % 3),
            accuracy: 0.3 + 0.5 * done + 0.1 * Double(step % 2), learningRate: 0.1 * (1 - done) + 1e-5,
            clipsPerSecond: 20)))
      guard step % 300 == 0 else { continue }
      history.add(
        .epoch(
          TrainingEpoch(
            epoch: step / 300 - 1, step: step, training: ModelScore(loss: 1 - done, accuracy: 0.5 + done / 3),
            validation: ModelScore(loss: 1.2 - done, accuracy: 0.4 + 0.4 * done, top5Accuracy: 1), seconds: 60)))
    }
    var confusion = ConfusionMatrix(classCount: 3)
    for (label, predicted) in [(0, 0), (0, 0), (0, 1), (1, 1), (2, 2), (2, 2), (2, 2), (2, 1)] {
      confusion.add(scores: (0..<3).map { $0 == predicted ? 1 : 0 }, label: label)
    }
    var skipped = SkippedVideos()
    skipped.add(.init(path: "/videos/<i>cut.mp4", reason: "it is cut off"))
    return TrainingReport(
      model: "<b>mine</b>", classes: ["bend", "jump & run", "walk"], history: history, confusion: confusion,
      skipped: skipped,
      warnings: ["videos has 1 video in no class"], settings: [("batch size", "8"), ("seed", "0")])
  }

  @Test(arguments: [(1240, false), (390, false), (1240, true)])
  func drawsCurvesAndConfusion(width: Int, isDark: Bool) throws {
    let html = report().html
    let found = try Chromium.look(at: html, by: Self.probe, width: width, isDark: isDark)
    #expect(found["script"] == "ok" && found["heading"] == "<b>mine</b>" && found["overflows"] == false)
    #expect(found["paper"] == (isDark ? "rgb(19, 20, 23)" : "rgb(250, 249, 246)"))
    // 899 losses that are numbers, five each.
    #expect(found["curves"] == 3 && found["points"] == 180 && found["dots"] == 6 && found["inside"] == true)
    #expect(found["falls"] == true && found["rises"] == true)
    #expect(found["cells"] == 9 && found["counts"] == "2 1 1 1 3" && found["diagonal"] == true)
    #expect(found["tables"] == 3 && found["rows"] == 6)
    #expect(found["sorted"] == "walk|bend|jump & run" && found["othersStay"] == true)
    for text in [
      "80.0 %", "in validation, after epoch 3", "walk → jump & run", "75.0 % of 8", "<i>cut.mp4", "batch size",
    ] {
      #expect(found["text"].map { "\($0)".contains(text) } == true, "\(text)")
    }
  }

  @Test func whatTrainingBeganWithIsTheResultIfItStaysTheBest() {
    var report = report()
    report.keepsStart = true
    // That of the confusion, not of the best epoch.
    #expect(
      report.html.contains("before training") && report.html.contains("75.0") && !report.html.contains("after epoch 3"))
  }

  @Test func pagesOfAnythingCanBeMade() throws {
    let empty = TrainingReport(model: "none", classes: [], history: TrainingHistory())
    #expect(!empty.html.contains("nan") && !empty.html.contains("<svg"))
    var one = TrainingHistory()
    one.add(.step(TrainingStep(step: 1, epoch: 0, loss: 0, accuracy: 0, learningRate: 0, clipsPerSecond: .infinity)))
    var confusion = ConfusionMatrix(classCount: 60)
    confusion.add(scores: [Float](repeating: 0, count: 60), label: 59)
    let many = TrainingReport(model: "many", classes: (0..<60).map { "c\($0)" }, history: one, confusion: confusion)
    #expect(!many.html.contains("nan,") && !many.html.contains("inf") && many.html.contains("c59 → c0"))
    #expect(!many.html.contains("class=\"confusion\""))
  }
}
