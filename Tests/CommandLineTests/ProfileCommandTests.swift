import Tensors
import Foundation
import TestSupport
import Testing
import VideoAccelerator

/// `accelerator profile`, from its options to what it prints and writes.
@Suite struct ProfileCommandTests {
  @Test func printsEveryStepAndWritesPageAndTrace() throws {
    try CommandLineTests.withModelAndVideo { folder, model, _ in
      let (page, trace) = ("\(folder)/page.html", "\(folder)/trace.json")
      let result = try accelerator(
        "profile", "--model", model, "--iterations", "3", "--threads", "2", "--format", "json", "--html", page,
        "--trace",
        trace)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.json?["model"] == "small" && result.json?["threads"] == 2 && result.json?["iterations"] == 3)
      guard case .array(let rows) = result.json?["rows"] else {
        Issue.record("no rows: \(result.output)")
        return
      }
      let html = String(decoding: try contents(page), as: UTF8.self)
      #expect(html.components(separatedBy: "class=\"seg ").count - 1 == rows.count)
      #expect(try JSON(contentsOf: trace)["traceEvents"]?[0] != nil)
      #expect(result.errors.contains(page) && result.errors.contains(trace))
    }
  }

  @Test func theTableShowsAsManyRowsAsAskedFor() throws {
    try CommandLineTests.withModelAndVideo { _, model, _ in
      for (by, column) in [("operation", "layer"), ("block", "block"), ("kernel", "kernel")] {
        let result = try accelerator("profile", "--model", model, "--iterations", "2", "--by", by, "--top", "3")
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
        let header = try #require(lines.firstIndex { $0.contains("GFLOP/s") && $0.hasSuffix(column) })
        #expect(lines[(header + 1)...].filter { !$0.isEmpty }.count == 3)
        #expect(result.output.contains("rows add up to"))
      }
    }
  }

  @Test func badOptionsAndPlacesAreRefused() throws {
    try CommandLineTests.withModelAndVideo { folder, model, _ in
      for (options, reason) in [
        (["--iterations", "0"], "--iterations"), (["--iterations", "10001"], "--iterations"),
        (["--top", "0"], "--top"),
        (["--by", "magic"], "magic"), (["--threads", "0"], "--threads must be 1"),
        (["--input-shape", "1x3x4"], "must be float32[N, 3, T, H, W], not float32[1, 3, 4]"),
        (["--html", "\(folder)/none/page.html"], "none/page.html"), (["--html", folder], "ends in .html"),
        (["--trace", "/dev/null"], "ends in .json"),
      ] {
        let result = try accelerator(arguments: ["profile", "--model", model, "--iterations", "1"] + options)
        #expect(result.status == 2, "\(options): \(result.errors)")
        #expect(result.errors.contains(reason), "\(result.errors)")
        #expect(result.output.isEmpty)
      }
    }
  }
}
