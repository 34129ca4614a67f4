import Tensors
import CPU
import Passes
@testable import Reports
import IR
import ModelTestSupport
import Models
import Foundation
import TestSupport
import Testing

/// A profile of the narrow X3D, as deployed, under a name that pages have to escape.
func smallReport(threads: Int = 1, batch: Int = 1) throws -> ProfileReport {
  let deployed = try Transmuter(target: HostCPU())
    .deploy(Model(name: "test", graph: SmallModel.architecture.graph(), weights: SmallModel.weights()))
  let shape = [batch, 3, 4, 32, 32]
  let session = try Session(
    Plan(deployed.model.graph, weights: deployed.model.weights, inputShapes: [shape]), threads: threads)
  let profile = try session.profile([RandomWeights.clips(shape, seed: 1)], runs: 4)
  return ProfileReport(
    model: "<script>alert(\"x\")</script> & 'small'", precision: .fp32, processor: "a <b>processor</b>",
    profile: profile, roofs: .init(flops: 2e11, memoryBandwidth: 3e10, cacheBandwidth: 2e11))
}

@Suite struct ProfileReportTests {
  @Test(arguments: ProfileReport.Grouping.allCases)
  func everyGroupingAccountsForEverything(_ grouping: ProfileReport.Grouping) throws {
    let report = try smallReport()
    let lines = report.lines(by: grouping)
    #expect(lines.flatMap(\.steps).sorted() == Array(report.profile.rows.indices))
    #expect(abs(lines.reduce(0) { $0 + $1.milliseconds } - report.profile.rowsSumMilliseconds) < 1e-9)
    #expect(abs(lines.reduce(0) { $0 + $1.share } - 1) < 1e-9)
    #expect(lines.reduce(0) { $0 + $1.flops } == 2 * report.profile.multiplyAdds)
    #expect(Set(lines.map(\.name)).count == lines.count || grouping == .operation)
    #expect(lines.count < report.profile.rows.count || grouping == .operation)
  }

  @Test func blocksAreWhereThePathsNumbersEnd() {
    for (path, block, stage) in [
      ("blocks.2.res_blocks.1.branch2.conv_a", "blocks.2.res_blocks.1", "blocks.2"),
      ("blocks.1.res_blocks.0.branch2.norm_b.1.fc", "blocks.1.res_blocks.0", "blocks.1"),
      ("blocks.0.conv.conv_t", "blocks.0", "blocks.0"), ("blocks.5", "blocks.5", "blocks.5"),
      ("s3.pathway0_res1.layers.0", "s3.pathway0_res1", "s3"), ("head.conv", "head", "head"), ("0.1.conv", "0.1", "0"),
      ("", "", ""),
    ] {
      #expect(ProfileReport.block(of: path) == block)
      #expect(ProfileReport.stage(of: path) == stage)
    }
  }

  @Test func theRoofOverAStepFollowsFromItsOperationsPerByte() {
    let line = { (flops: Int, bytes: Int) in
      ProfileReport.Line(
        name: "", steps: [0], kind: "", milliseconds: 1, share: 1, flops: flops, bytes: bytes,
        roofs: .init(flops: 1e9, memoryBandwidth: 1e8, cacheBandwidth: 1e9))
    }
    #expect(line(500_000, 10_000).bound == .compute && line(500_000, 10_000).peakFraction == 0.5)
    #expect(line(500_000, 50_000).bound == .compute && line(499_999, 50_000).bound == .memory)
    #expect(line(0, 50_000).bound == .memory && line(0, 50_000).bandwidthFraction == 0.5)
  }

  @Test func kindsAreWhatIsLeftOfKernelsNames() throws {
    let report = try smallReport()
    let kinds = Set(report.lines(by: .operation).map(\.kind))
    #expect(kinds.isSuperset(of: ["pointwise", "depthwise", "squeeze_excite", "to_planes"]), "\(kinds)")
    #expect(!kinds.contains { kind in kind.contains("f32") || ISA.allCases.contains { kind.hasSuffix($0.rawValue) } })
  }

  @Test(arguments: [ProfileReport.Grouping.block, .kernel, .operation])
  func jsonHasItsUnitsInItsNames(_ grouping: ProfileReport.Grouping) throws {
    let report = try smallReport()
    let json = report.json(by: grouping)
    for key in [
      "model", "processor", "precision", "threads", "isa", "input_shape", "iterations", "profiled_ms", "rows_sum_ms",
      "gmacs", "gflops_per_second", "peak_fraction", "by",
    ] { #expect(json[key] != nil, "\(key)") }
    for key in ["gflops_per_second", "memory_gb_per_second", "cache_gb_per_second"] {
      #expect(json["measured_peak"]?[key] != nil, "\(key)")
    }
    #expect(json["latency_ms"]?["median"] != nil && json["latency_ms"]?["min"] != nil)
    let row = try #require(json["rows"]?[0])
    for key in [
      "kind", "time_ms", "share", "flops", "bytes", "gflops_per_second", "peak_fraction", "gb_per_second",
      "bandwidth_fraction", "flops_per_byte", "bound",
    ] { #expect(row[key] != nil, "\(key)") }
    if grouping == .operation {
      #expect(row["operations"]?[0]?["input_shapes"]?[0] == [1, 3, 4, 32, 32])
      for key in ["path", "kernel", "min_ms", "bytes_read", "bytes_written", "bytes_of_weights"] {
        #expect(row[key] != nil, "\(key)")
      }
    } else {
      #expect(row[grouping.rawValue] != nil && row["steps"]?[0] == 0)
    }
    // Of the largest rows, the largest first.
    let two = report.json(by: grouping, top: 2)["rows"]
    let largest = report.lines(by: grouping).max { $0.milliseconds < $1.milliseconds }
    #expect(two?[1] != nil && two?[2] == nil)
    #expect(two?[0]?["share"] == .rounded(largest?.share ?? 0, 5))
  }

  @Test(arguments: [(1, 1), (2, 1), (2, 3)])
  func theTraceHasATrackForEachThreadWithBlocksAroundTheirSteps(threads: Int, batch: Int) throws {
    let report = try smallReport(threads: threads, batch: batch)
    let text = report.trace.text()
    let trace = try JSON(parsing: Array(text.utf8), path: "trace").document(path: "trace")
    let events = try trace.required("traceEvents").elements()
    #expect(try trace.required("displayTimeUnit").string() == "ms")
    var total = 0
    for worker in 0..<threads {
      let track = try events.filter { try $0.required("tid").int() == worker && $0.required("ph").string() == "X" }
      // An event ends no later than the one that it is in: the next of the open ones that has not ended.
      var open: [(category: String, end: Double)] = []
      var steps = 0
      for event in track {
        let (start, duration) = (try event.required("ts").double(), try event.required("dur").double())
        let category = try event.required("cat").string()
        open.removeAll { $0.end <= start + 1e-6 }
        #expect(start >= 0 && duration > 0)
        #expect(open.allSatisfy { start + duration <= $0.end + 1e-6 })
        let expected: [String] = category == "clip" ? [] : category == "block" ? ["clip"] : ["clip", "block"]
        #expect(open.map(\.category) == expected, "\(category) at \(start)")
        open.append((category, start + duration))
        if expected.count == 2 {
          steps += 1
          for key in ["kernel", "path", "flops", "bytes", "input_shapes", "output_shapes"] {
            _ = try event.required("args").required(key)
          }
        }
      }
      #expect(steps == report.profile.timeline.count { $0.worker == worker })
      total += steps
    }
    // A thread that wakes up late may find nothing left to do.
    #expect(total > 0)
  }
}
