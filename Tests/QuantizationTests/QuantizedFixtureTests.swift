import Models
@testable import Passes
@testable import Quantization
import IR
import Architectures
import TestSupport
import Tensors
import Testing

/// Whole networks in integers, on generated weights and clips.
///
/// Batch norms' statistics are measured on the clips that are tested, so they hold for these scenes alone; calibration sees the
/// same scenes at later moments.
@Suite struct QuantizedFixtureTests {
  @Test(.slow, arguments: [("x3d_xs", 4, 8), ("x3d_s", 13, 4)])
  func resultsInIntegersKeepTwentyDecibels(_ name: String, _ frames: Int, _ count: Int) throws {
    let graph = try Architecture(named: name).graph()
    let clips = RandomWeights.clips([count, 3, frames, 160, 160], seed: 2026)
    let weights = try RandomWeights.make(for: graph, seed: 2026, measuringOn: [clips])
    let longer = RandomWeights.clips([count, 3, 2 * frames, 160, 160], seed: 2026)
    let later = Operations.Slice(axis: 2, start: frames, end: 2 * frames).evaluate([longer])[0]
    let deployed = try Transmuter(target: .host).deploy(
      Model(name: "test", graph: graph, weights: weights), quantizedBy: Quantizer(),
      calibration: Calibration(clips: later, inputRange: -2...2.4444444),
      others: Calibration.clips(of: clips, name: "tested"))
    let report = deployed.report
    let others = try #require(report.others)
    print("\(name) in int8: \(report.headline.joined(separator: "; "))")
    #expect(others.decibels >= 20)
    // Untrained networks tell classes from each other by little.
    #expect(others.top1Agreement >= 0.5)
    #expect(report.floatLayers.map(\.operation) == ["mean"])
    try withTemporaryFile("m.accel") { path in
      var model = deployed.model
      model.labels = (0..<400).map { "class \($0)" }
      try model.write(to: path)
      let size = try contents(path).count
      #expect(size <= 4_200_000)
    }
  }
}
