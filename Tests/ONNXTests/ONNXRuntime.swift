import Foundation
import Formats
import TestSupport
import Tensors
import Testing

/// ONNX Runtime, and ONNX's own checker: in the Python environment `onnx` that scripts/setup-python makes.
enum ONNXRuntime {
  /// A model and what to run it on.
  struct Job {
    let model: ONNXModel
    /// Inputs by name, for each run.
    var runs: [[String: Tensor]]
    /// Whether each clip is run by itself.
    var isOneByOne = false
    var countsOperators = false
    var outputCount = 1
  }

  /// What came of a job: the outputs of each run, and how many operators of each kind were left after optimization.
  struct Outcome {
    let outputs: [[Tensor]]
    let operators: [String: Int]
  }

  private static let environment = ProcessInfo.processInfo.environment
  private static let python = """
    \(environment["XDG_CACHE_HOME"] ?? (environment["HOME"] ?? "") + "/.cache")/video-accelerator/onnx/bin/python
    """
  private static let tools = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Tools").path

  /// Where it must be there, as in continuous integration, tests fail without it; else they are skipped.
  static let isExpected = environment["CI"] == "true" || FileManager.default.isExecutableFile(atPath: python)

  /// Checks and runs models, in one process.
  ///
  /// - Throws: all complaints of checker and runtime.
  static func run(_ jobs: [Job]) throws -> [Outcome] {
    try withTemporaryFolder { folder in
      var descriptions: [JSON] = []
      for (index, job) in jobs.enumerated() {
        try job.model.write(to: "\(folder)/\(index).onnx")
        let runs = try job.runs.enumerated().map { run, inputs -> JSON in
          let files = try inputs.sorted { $0.key < $1.key }.enumerated().map { position, input in
            let file = "\(index).\(run).in\(position).npy"
            try NumPyFile.write(input.value, to: "\(folder)/\(file)")
            return (input.key, JSON.string(file))
          }
          return [
            "inputs": .object(JSONObject(files)),
            "outputs": JSON((0..<job.outputCount).map { "\(index).\(run).out\($0).npy" }),
          ]
        }
        descriptions.append([
          "model": .string("\(index).onnx"), "runs": .array(runs), "one_by_one": .bool(job.isOneByOne),
          "counts_operators": .bool(job.countsOperators), "avoids_saturation": .bool(!job.model.sumsFit16Bits),
        ])
      }
      try JSON.array(descriptions).text().write(toFile: "\(folder)/jobs.json", atomically: true, encoding: .utf8)
      let output = try python("run_onnx.py", on: folder)
      let found = try JSON(parsing: output, path: "run_onnx.py").document(path: "run_onnx.py").elements()
      let failures = try zip(jobs, found).compactMap { job, outcome in
        try outcome.optional("error").map { "\(job.model.name): \(try $0.string())" }
      }
      guard failures.isEmpty else { throw Failure(description: failures.joined(separator: "\n")) }
      return try zip(jobs, found).enumerated().map { index, pair in
        Outcome(
          outputs: try pair.0.runs.indices.map { run in
            try (0..<pair.0.outputCount).map { try NumPyFile.read("\(folder)/\(index).\(run).out\($0).npy") }
          }, operators: Dictionary(try pair.1.optional("operators")?.entries().map { ($0, try $1.int()) } ?? []) { $1 })
      }
    }
  }

  /// Runs a script of `Tools` on a folder; returns what it prints.
  static func python(_ script: String, on folder: String) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = ["\(tools)/\(script)", folder]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(description: "\(script) failed") }
    return Array(bytes)
  }

  /// Models that ONNX's checker or runtime refuses.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips tests where ONNX Runtime is not there.
  static var needsONNXRuntime: ConditionTrait {
    .enabled(if: ONNXRuntime.isExpected, "scripts/setup-python installs ONNX Runtime")
  }
}
