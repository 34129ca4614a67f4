import Tensors
import Preprocessing
@testable import Reports
import PageTestSupport
import TestSupport
import Testing

@testable import Training

/// The page of a training, as a browser draws it.
@Suite(.enabled(if: Chromium.path != nil, "Chromium is not installed (scripts/setup --tests)"))
struct TrainingPageTests {
  private static let probe = """
    <script>
    const all = (selector) => [...document.querySelectorAll(selector)];
    const box = (element) => element.getBoundingClientRect();
    const within = (inner, outer) => inner.left >= outer.left - 1 && inner.right <= outer.right + 1
      && inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1;
    const [loss, accuracy, rate] = all(".curves");
    const ends = (svg) => svg.querySelector(".curve.smooth, .curve.k0").getAttribute("points").trim().split(" ");
    const height = (pair) => parseFloat(pair.split(",")[1]);
    const found = {
      heading: document.querySelector("h1").textContent, curves: all(".curves").length,
      points: loss.querySelector(".curve.faint").getAttribute("points").trim().split(" ").length, smooth: all(".curve.smooth").length, dots: all("circle").length,
      inside: all("circle").every((c) => Math.abs(box(c).left - box(c.closest(".plot")).left) < box(c.closest(".plot")).width + 6),
      drawn: all(".curve").every((c) => within(box(c), box(c.closest(".plot")))),
      falls: height(ends(loss)[0]) < height(ends(loss).at(-1)), rises: height(ends(accuracy)[0]) > height(ends(accuracy).at(-1)),
      cells: all(".cell").length, counts: all(".cell").map((t) => t.textContent).filter((t) => t).join(" "),
      settings: all(".pairs tr").map((row) => row.innerText.replace(/\\s+/g, " ").trim()).join("|"),
      diagonal: all(".cell.k2").every((c, i, cells) => i === 0 || box(c).left > box(cells[i - 1]).left && box(c).top > box(cells[i - 1]).top),
      tables: all("table.sortable").length, rows: all(".sortable tbody tr").length, layout: layout(),
      paper: getComputedStyle(document.body).backgroundColor, text: document.body.innerText,
    };
    // The second column of one table, and no other.
    const order = (table) => [...table.tBodies[0].rows].map((row) => row.cells[0].textContent).join("|");
    const [classes, ...others] = all("table.sortable");
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
      warnings: ["videos has 1 video in no class"],
      settings: [
        TrainingReport.SettingGroup("Run", [("batch size", "8"), ("random seed", "0")]),
        TrainingReport.SettingGroup("Data", [("data", "/videos/<i>set")]),
      ])
  }

  @Test(arguments: [(1280, false), (390, false), (1280, true)])
  func drawsCurvesAndConfusion(width: Int, isDark: Bool) throws {
    let html = report().html()
    let found = try Chromium.look(at: html, by: Self.probe, width: width, isDark: isDark)
    #expect(found["script"] == "ok" && found["heading"] == "<b>mine</b>")
    expectGoodLayout(found, width: width, charts: 3)
    #expect(found["paper"] == (isDark ? "rgb(19, 20, 23)" : "rgb(250, 249, 246)"))
    // 899 losses that are numbers, three each; a rate needs no mean.
    #expect(found["curves"] == 3 && found["points"] == 300 && found["smooth"] == 2 && found["dots"] == 6)
    #expect(found["inside"] == true && found["drawn"] == true)
    #expect(found["settings"] == "batch size 8|random seed 0|data /videos/<i>set")
    #expect(found["falls"] == true && found["rises"] == true)
    #expect(found["cells"] == 9 && found["counts"] == "2 1 1 1 3" && found["diagonal"] == true)
    #expect(found["tables"] == 2 && found["rows"] == 4)
    #expect(found["sorted"] == "walk|bend|jump & run" && found["othersStay"] == true)
    for text in [
      "80.0 %", "validation, after epoch 3", "walk → jump & run", "75.0 % of 8", "/videos/<i>cut.mp4",
      "Confusion matrix",
    ] {
      #expect(found["text"].map { "\($0)".contains(text) } == true, "\(text)")
    }
  }

  @Test func whatTrainingBeganWithIsTheResultIfItStaysTheBest() {
    var report = report()
    report.keepsStart = true
    // That of the confusion, not of the best epoch.
    #expect(
      report.html().contains("before training") && report.html().contains("75.0")
        && !report.html().contains("after epoch 3"))
  }

  @Test func pagesOfAnythingCanBeMade() throws {
    let empty = TrainingReport(model: "none", classes: [], history: TrainingHistory())
    #expect(!empty.html().contains("nan") && !empty.html().contains("<svg"))
    var one = TrainingHistory()
    one.add(.step(TrainingStep(step: 1, epoch: 0, loss: 0, accuracy: 0, learningRate: 0, clipsPerSecond: .infinity)))
    var confusion = ConfusionMatrix(classCount: 60)
    confusion.add(scores: [Float](repeating: 0, count: 60), label: 59)
    let many = TrainingReport(model: "many", classes: (0..<60).map { "c\($0)" }, history: one, confusion: confusion)
    #expect(!many.html().contains("nan,") && !many.html().contains("inf %") && many.html().contains("c59 → c0"))
    #expect(!many.html().contains("class=\"confusion\""))
  }

  /// What a run was set to is words, not Swift.
  @Test func settingsAreWords() throws {
    var settings = TrainingSettings()
    settings.learningRate = LearningRate(peak: 2e-5, warmUp: 0.05)
    settings.patience = 3
    settings.method = .sgd(momentum: 0.9, isNesterov: true)
    let recipe = try ClipRecipe(frameCount: 4, samplingRate: 12, shortSide: 182, cropSize: 160)
    let set = try DataSet(
      name: "videos", root: "videos", classes: ["a", "b"],
      samples: [.init(path: "1", label: 0), .init(path: "2", label: 1)])
    let groups = TrainingReport.settings(
      settings, Augmentation(), recipe, DataSplit(training: set, validation: set), precision: .fp32)
    let values = Dictionary(
      uniqueKeysWithValues: groups.flatMap { group in
        group.rows.map { ("\(group.title): \($0.name)", $0.value) }
      })
    for (name, value) in [
      ("Optimization: optimizer", "SGD, momentum 0.9, Nesterov"), ("Optimization: peak learning rate", "2e-05"),
      ("Optimization: warm-up", "5 % of the run"), ("Optimization: decay", "cosine to 0"),
      ("Run: early stopping", "after 3 epochs without improvement"), ("Data: training videos", "2"),
      ("Clips: frames", "4, every 12th at 30 per second"), ("Augmentation: short side", "182 to 228 pixels"),
    ] { #expect(values[name] == value) }
    for value in values.values {
      #expect(!value.contains("(") && !value.contains("nil") && !value.contains("Optional"))
    }
  }
}
