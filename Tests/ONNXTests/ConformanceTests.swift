import Foundation
import TestSupport
import Tensors
import Testing

@testable import Formats

/// The ONNX project's own test cases, which scripts/onnx-conformance also makes a table of.
@Suite struct ConformanceTests {
  private static let table = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("docs/onnx-operators.md").path

  @Test(.needsONNXRuntime, .timeLimit(.minutes(5))) func operatorsGiveTheResultsOfTheStandard() throws {
    try withTemporaryFolder { folder in
      _ = try ONNXRuntime.python("onnx_conformance.py", on: folder)
      let path = "\(folder)/cases.json"
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      let index = try JSON(parsing: Array(bytes), path: path).document(path: path)
      let cases = try index.required("cases").elements().map { try ConformanceCase($0, folder: folder) }
      let report = ConformanceReport(
        version: try index.required("version").string(), results: cases.map { ($0, $0.outcome()) })
      #expect(report.passedShare >= 0.98, "\(report.failures.joined(separator: "\n"))")
      if ProcessInfo.processInfo.environment["ACCELERATOR_WRITE_ONNX_TABLE"] != nil {
        try report.text.write(toFile: Self.table, atomically: true, encoding: .utf8)
      }
      let written = try String(contentsOfFile: Self.table, encoding: .utf8)
      #expect(written == report.text, "docs/onnx-operators.md is not up to date: run scripts/onnx-conformance")
    }
  }
}
