@testable import Passes
@testable import Quantization
import IR
import Models
import CPU
import TestSupport
import Tensors
import Testing

/// Accuracy budgets: which layers stay in floating point.
@Suite struct MixedPrecisionTests {
  private static func quantizer(_ budget: AccuracyBudget?, measuresLatency: Bool = false) -> Quantizer {
    Quantizer(
      observer: .mse, equalizes: false, comparedClips: 6, budget: budget, measuresLatency: measuresLatency)
  }

  /// What all layers in integers give on the worse of both sets of clips.
  private static func decibels(_ report: QuantizationReport) -> Double {
    min(report.calibration.decibels, report.others?.decibels ?? .infinity)
  }

  @Test func theWorstLayersStayInFloatingPointUntilTheBudgetHolds() throws {
    let whole = try QuantizedX3D.deployed(Self.quantizer(nil))
    let budget = Self.decibels(whole.report) + 3
    let deployed = try QuantizedX3D.deployed(Self.quantizer(.decibels(budget), measuresLatency: true))
    let mixed = try #require(deployed.report.mixed)
    #expect(Self.decibels(deployed.report) >= budget)
    #expect(!mixed.layers.isEmpty && deployed.report.values.count > mixed.layers.count)
    #expect(Set(mixed.layers.map(\.value)).isSubset(of: deployed.model.quantization?.floats ?? []))
    // What it says of the layers: names, what each is worth, what each takes.
    let paths = Set(deployed.model.graph.nodes.map(\.scope))
    #expect(mixed.layers.allSatisfy { paths.contains($0.path) && $0.milliseconds != 0 })
    #expect(!mixed.endedEarly)
    #expect(Set(deployed.report.floatLayers.map(\.path)).isDisjoint(with: mixed.layers.map(\.path)))
    let latencies = try #require(deployed.report.latencies)
    #expect(min(latencies.int8, latencies.fp32, latencies.fp16 ?? 0, latencies.wholeInt8 ?? 0) > 0)
    for layer in mixed.layers { #expect(deployed.report.text.contains(layer.path)) }
    #expect(deployed.report.json["accuracy_budget"]?["layers"]?[0]?["cost_ms"] != nil)
    #expect(deployed.report.json["latency_ms"]?["int8_all_layers"] != nil)

    // The file holds the mixture, and a plan of it computes what its scalar meaning does.
    try withTemporaryFile("m.accel") { path in
      try deployed.model.write(to: path)
      let file = try Model(contentsOf: path)
      let table = try #require(file.quantization)
      let kept = mixed.layers.compactMap { layer in
        file.graph.nodes.first { file.graph[$0.results[0]].name == layer.value }
      }
      #expect(kept.count == mixed.layers.count)
      for node in kept where node.inputs.count > 1 {
        #expect(file.weights[file.graph[node.inputs[1]].name]?.elementType == .float32)
      }
      let clip = QuantizedX3D.others[0].inputs[0]
      let expected = try QuantizedInterpreter(file.graph, weights: file.weights, table: table).run([clip])[0]
      for isa in ISA.available {
        let plan = try Plan(
          file.graph, weights: file.weights, inputShapes: [clip.shape], quantization: table, isa: isa)
        // Layers in floating point round as their kernels do, so a byte behind them may be another one.
        #expect(relativeError(try Session(plan).run([clip])[0], expected) < 0.02, "\(isa)")
      }
    }
  }

  @Test func aBudgetThatHoldsAlreadyChangesNothing() throws {
    let whole = try QuantizedX3D.deployed(Self.quantizer(nil))
    let report = whole.report
    for budget in [AccuracyBudget.decibels(Self.decibels(report) - 1), .agreement(0)] {
      let deployed = try QuantizedX3D.deployed(Self.quantizer(budget))
      #expect(deployed.model.weights == whole.model.weights && deployed.model.quantization == whole.model.quantization)
      #expect(deployed.report.mixed?.layers.isEmpty == true)
    }
  }

  @Test func theSameClipsGiveTheSameMixture() throws {
    let deployed = try (0..<2).map { _ in try QuantizedX3D.deployed(Self.quantizer(.decibels(22))) }
    #expect(deployed[0].model.weights == deployed[1].model.weights)
    #expect(deployed[0].model.quantization == deployed[1].model.quantization)
  }

  @Test func aSearchThatEndsByItsTimeLimitKeepsTheBudgetAndSaysSo() throws {
    let whole = try QuantizedX3D.deployed(Self.quantizer(nil))
    var quantizer = Self.quantizer(.decibels(Self.decibels(whole.report) + 3))
    quantizer.budgetTime = .zero
    let report = try QuantizedX3D.deployed(quantizer).report
    let mixed = try #require(report.mixed)
    #expect(mixed.endedEarly && !mixed.layers.isEmpty && Self.decibels(report) >= Self.decibels(whole.report) + 3)
    #expect(mixed.headline.contains("time limit") && report.json["accuracy_budget"]?["ended_early"] == true)
  }

  @Test func progressIsAShareOfTheWholeThatRises() throws {
    let steps = Steps()
    _ = try Transmuter(target: .host).deploy(
      Model(name: "test", graph: QuantizedX3D.graph(), weights: QuantizedX3D.weights.get()),
      quantizedBy: Self.quantizer(.decibels(22)),
      calibration: Calibration(clips: QuantizedX3D.clips, inputRange: -2...2.4444444), others: QuantizedX3D.others
    ) { steps.shares.append($0.share) }
    #expect(steps.shares == steps.shares.sorted() && (steps.shares.first ?? 1) < 0.1)
    #expect((0.5...0.99).contains(steps.shares.last ?? 0), "\(steps.shares.last ?? 0)")
  }

  private final class Steps {
    var shares: [Double] = []
  }

  @Test func aBudgetThatNothingKeepsIsAnError() throws {
    let error = try #require(
      thrown(QuantizationError.self) { try QuantizedX3D.deployed(Self.quantizer(.decibels(150))) })
    #expect("\(error)".contains("at least 150.0 dB"))
    #expect(error.isBadInput)
  }

  @Test(
    arguments: [
      ("20", .decibels(20)), ("20dB", .decibels(20)), ("22.5 db", .decibels(22.5)), ("99%", .agreement(0.99)),
      ("100 %", .agreement(1)), ("101%", nil), ("-1%", nil), ("many", nil), ("", nil), ("1e9", nil), ("nan", nil),
      ("dB", nil), ("%", nil),
    ] as [(String, AccuracyBudget?)]) func budgetsAreWrittenAsPeopleDo(_ text: String, _ budget: AccuracyBudget?)
  {
    #expect(AccuracyBudget(text) == budget)
  }

  @Test func aModelThatIntegersDoNotSpeedUpIsToldSo() {
    let latencies = { (int8: Double, fp16: Double?) in
      PrecisionLatencies(
        processor: "p", isa: .scalar, inputShapes: [[1]], int8: int8, wholeInt8: nil, fp16: fp16, fp32: 4)
    }
    #expect(!latencies(1, 2).isSlowerThanFloatingPoint && latencies(3, 2).isSlowerThanFloatingPoint)
    #expect(!latencies(3, nil).isSlowerThanFloatingPoint && latencies(5, nil).isSlowerThanFloatingPoint)
    #expect(latencies(3, 2).headline.contains { $0.hasPrefix("warning: ") })
    #expect(!latencies(1, 2).headline.contains { $0.hasPrefix("warning: ") })
  }
}
