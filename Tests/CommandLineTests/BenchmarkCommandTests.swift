import IR
import ModelTestSupport
import Foundation
import TestSupport
import Testing
import VideoAccelerator

@Suite struct BenchmarkCommandTests {
  @Test func benchmarkPrintsTheFieldsThatScriptsRead() throws {
    try CommandLineTests.withModelAndVideo { _, model, _ in
      let result = try accelerator("benchmark", "--model", model, "--iterations", "3", "--format", "json")
      #expect(result.status == 0, "\(result.errors)")
      for key in [
        "model", "precision", "threads", "isa", "input_shape", "iterations", "gmacs", "gflops_per_second",
        "peak_fraction", "arena_bytes", "load_ms",
      ] { #expect(result.json?[key] != nil, "\(key)") }
      for key in ["min", "median", "p90"] { #expect(result.json?["latency_ms"]?[key] != nil) }
      #expect(try accelerator("benchmark", "--model", model, "--input-shape", "1x3x4").status == 2)
      #expect(
        try accelerator("benchmark", "--model", model, environment: ["ACCELERATOR_ISA": "sparc"]).status == 2)
    }
  }

  @Test func benchmarkOfPrecisionsComparesTheFormatsWithEachInstructionSet() throws {
    try CommandLineTests.withModelAndVideo { folder, model, _ in
      let arguments = ["benchmark", "--precisions", "--model", model, "--iterations", "2"]
      let result = try accelerator(arguments: arguments + ["--format", "json"])
      #expect(result.status == 0, "\(result.errors)")
      guard case .array(let formats)? = result.json?["formats"] else {
        Issue.record("\(result.output)")
        return
      }
      #expect(formats.count % 3 == 0 && formats.count >= 3)
      for (index, row) in formats.enumerated() {
        #expect(row["precision"] == .string(Precision.allCases[index % 3].rawValue))
        #expect(index % 3 > 0 || row["ratio_to_fp32"] == .number(1) || row["ratio_to_fp32"] == 1)
      }
      #expect(try accelerator(arguments: arguments).output.contains("of fp32's"))
      for wrong in [["--precision", "fp16"], ["--blocks"]] {
        #expect(try accelerator(arguments: arguments + wrong).status == 2)
      }
    }
  }

  @Test func benchmarkOfBlocksComparesBothFormsInEachFormat() throws {
    try CommandLineTests.withModelAndVideo { folder, model, _ in
      let arguments = ["benchmark", "--blocks", "--model", model]
      let result = try accelerator(arguments: arguments + ["--format", "json"])
      #expect(result.status == 0, "\(result.errors)")
      let paths = try SmallModel.architecture.graph().blocks().map(\.path)
      let list = try #require(result.json?["blocks"])
      guard case .array(let blocks) = list else {
        Issue.record("\(list.text())")
        return
      }
      var count = 0
      for block in blocks {
        #expect(paths.map { .string($0) }.contains(block["block"]))
        if case .integer(let number) = block["count"] { count += Int(number) }
        for precision in Precision.floatingPoint {
          for form in ["original", "deployable"] {
            guard case .number(let time) = block["latency_ms"]?[precision.rawValue]?[form] else {
              Issue.record("no time in \(block.text())")
              continue
            }
            #expect(time > 0)
          }
        }
      }
      #expect(count == paths.count)
      #expect(try accelerator(arguments: arguments).output.contains("fp16 original"))
      #expect(try accelerator(arguments: arguments + ["--precision", "fp16"]).status == 2)
      let file = "\(folder)/m.accel"
      #expect(try accelerator("deploy", "--model", model, "--output", file).status == 0)
      #expect(try accelerator("benchmark", "--blocks", "--model", file).errors.contains("in deployable form already"))
    }
  }

  /// Networks that take no clip, or several inputs: measured with shapes that are given or known.
  @Test func benchmarkAndProfileTakeAnyInputs() throws {
    try withTemporaryFolder { folder in
      let inputs = [
        GraphInput(name: "slow", type: ValueType(["N", "C"])),
        GraphInput(name: "ids", type: ValueType(["N", 3], elementType: .int64)),
      ]
      let graph = Graph.build(inputs: inputs) { [$0[0] + $0[0], $0[1].permuted(1, 0)] }
      let file = "\(folder)/two.accel"
      try Model(name: "two", graph: graph, weights: [:]).write(to: file)
      for command in ["benchmark", "profile"] {
        let shapes = ["--input-shape", "2x3", "--input-shape", "2x3"]
        let given = try accelerator(
          arguments: [command, "--model", file, "--iterations", "2", "--format", "json"] + shapes)
        #expect(given.status == 0, "\(given.errors)")
        let missing = try accelerator(arguments: [command, "--model", file])
        #expect(missing.status == 2 && missing.errors.contains("for each input of two, slow, ids"), "\(missing.errors)")
      }
    }
  }
}
