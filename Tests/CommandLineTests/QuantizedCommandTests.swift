import Tensors
import IR
import Foundation
import TestSupport
import Testing
import VideoAccelerator

/// `accelerator deploy --precision int8`, and what it writes.
@Suite struct QuantizedCommandTests {
  @Test func deployInInt8LearnsFromVideosAndArraysAndReports() throws {
    try CommandLineTests.withModelAndVideo { folder, model, video in
      let clips = "\(folder)/clips"
      try FileManager.default.createDirectory(atPath: clips, withIntermediateDirectories: true)
      try FileManager.default.copyItem(atPath: video, toPath: "\(clips)/b.mp4")
      try Data("not a clip".utf8).write(to: URL(fileURLWithPath: "\(clips)/README"))
      try NumPyFile.write(RandomWeights.clips([6, 3, 4, 32, 32], seed: 3), to: "\(clips)/a.npy")
      let (path, report) = ("\(folder)/int8.accel", "\(folder)/report.json")
      let arguments = [
        "deploy", "--model", model, "--precision", "int8", "--calibration", clips, "--calibration-clips", "9",
        "--output",
        path, "--report", report,
      ]
      let result = try accelerator(arguments: arguments)
      #expect(result.status == 0 && result.output.isEmpty, "\(result.errors)")
      #expect(result.errors.contains("calibrated on 7 clips (") && result.errors.contains("on 2 held-out clips: SQNR "))
      #expect(try JSON(contentsOf: report)["calibration_clips"] == 7)
      #expect(try accelerator("inspect", path, "--format", "json").json?["precision"] == "int8")
      #expect(result.errors.contains("latency on one thread of this machine"))
      // The same clips give the same file.
      let bytes = try contents(path)
      #expect(try accelerator(arguments: arguments).status == 0)
      #expect(try contents(path) == bytes)
      // Plan and interpreter compute in the file's own integers, and the same bytes.
      let (input, outputs) = ("\(folder)/x.npy", (0..<3).map { "\(folder)/y\($0).npy" })
      try NumPyFile.write(RandomWeights.clips([1, 3, 4, 32, 32], seed: 3), to: input)
      let run = ["run", "--model", path, "--input", input, "--engine", "interpreter", "--output"]
      #expect(try accelerator(arguments: run + [outputs[0]]).status == 0)
      #expect(try accelerator(arguments: run + [outputs[1], "--precision", "fp32"]).status == 0)
      let plan = try accelerator(
        "run", "--model", path, "--input", input, "--precision", "int8", "--output", outputs[2])
      #expect(plan.status == 0, "\(plan.errors)")
      let logits = try outputs.map { try NumPyFile.read($0) }
      #expect(logits[0] != logits[1] && relativeError(logits[0], logits[1]) < 0.5)
      #expect(logits[2] == logits[0])
      #expect(try accelerator("tune", "--model", path, "--budget-s", "1").status == 0)
    }
  }

  @Test func deployKeepsAnAccuracyBudgetAndWritesAPage() throws {
    try CommandLineTests.withModelAndVideo { folder, model, _ in
      let (clips, page, path) = ("\(folder)/a.npy", "\(folder)/report.HTML", "\(folder)/int8.accel")
      try NumPyFile.write(RandomWeights.clips([12, 3, 4, 32, 32], seed: 3), to: clips)
      let result = try accelerator(
        "deploy", "--model", model, "--precision", "int8", "--calibration", clips, "--observer", "mse", "--output",
        path,
        "--report", page, "--accuracy-budget", "25dB")
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.errors.contains("accuracy budget, at least 25.0 dB: "))
      #expect(result.errors.contains("in floating point"))
      let html = String(decoding: try contents(page), as: UTF8.self)
      #expect(html.hasPrefix("<!DOCTYPE html>") && html.contains("Accuracy budget"))
      let run = try accelerator("benchmark", "--model", path, "--iterations", "2", "--format", "json")
      #expect(run.json?["precision"] == "int8", "\(run.errors)")
    }
  }

  @Test func calibrationThatCannotBeUsedIsToldInASentence() throws {
    try CommandLineTests.withModelAndVideo { folder, model, _ in
      let (empty, broken, flat) = ("\(folder)/empty", "\(folder)/broken.npy", "\(folder)/flat.npy")
      try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
      try NumPyFile.write(
        Tensor([Float](repeating: .nan, count: 3 * 4 * 32 * 32), shape: [1, 3, 4, 32, 32]), to: broken)
      try NumPyFile.write(Tensor(zeros: [3, 4, 32, 32]), to: flat)
      let (pixels, mixed) = ("\(folder)/pixels.npy", "\(folder)/mixed")
      let levels: [Float] = (0..<24576).map { Float($0 % 256) }
      try NumPyFile.write(Tensor(levels, shape: [2, 3, 4, 32, 32]), to: pixels)
      try FileManager.default.createDirectory(atPath: "\(mixed)/deep/er", withIntermediateDirectories: true)
      try Data("text".utf8).write(to: URL(fileURLWithPath: "\(mixed)/text.mp4"))
      try NumPyFile.write(RandomWeights.clips([2, 3, 4, 32, 32], seed: 3), to: "\(mixed)/deep/er/a.npy")
      let deploy = ["deploy", "--model", model, "--output", "\(folder)/m.accel", "--precision"]
      for (arguments, problem) in [
        (["int8"], "needs calibration clips"), (["fp32", "--calibration", broken], "Only --precision int8"),
        (["int8", "--calibration", empty], "\(empty) holds no videos and no .npy files"),
        (["int8", "--calibration", "\(folder)/none.npy"], "none.npy cannot be opened"),
        (["int8", "--calibration", broken], "\(broken) gives NaN or infinity in the input clip"),
        (["int8", "--calibration", flat], "\(flat) holds float32[3, 4, 32, 32]"),
        (["int8", "--calibration", pixels], "\(pixels) 0 holds numbers from 0.0 to 255.0, but this model's clips"),
        (["int8", "--calibration", mixed], "text.mp4 is not a readable video"),
        (["int8", "--calibration", broken, "--calibration-clips", "0"], "must be 1 to 100000"),
        (["int8", "--calibration", broken, "--observer", "mean"], "mean"),
        (["int8", "--calibration", broken, "--accuracy-budget", "20 apples"], "20 apples"),
        (["fp16", "--accuracy-budget", "20"], "Only --precision int8"),
        (["fp16", "--reduce-range"], "--reduce-range is for int8 weights"),
        (["int8", "--calibration", broken, "--report", "\(folder)/r.pdf"], ".html, .json or .txt"),
        (["int8", "--calibration", broken, "--report", "\(folder)/m.accel"], ".html, .json or .txt"),
        (["int8", "--calibration", broken, "--report", "\(folder)/none/r.txt"], "none/r.txt cannot be written"),
      ] {
        let result = try accelerator(arguments: deploy + arguments)
        #expect(result.status == 2 && result.errors.contains(problem), "\(arguments): \(result.errors)")
      }
      // A bad file stops, or is skipped and told.
      let report = "\(folder)/report.json"
      let skipping = try accelerator(
        arguments: deploy + ["int8", "--calibration", mixed, "--skip-bad", "--report", report])
      #expect(skipping.status == 3 && skipping.errors.contains("text.mp4"), "\(skipping.errors)")
      #expect(try JSON(contentsOf: report)["skipped"]?[0]?["path"] == .string("\(mixed)/text.mp4"))
      let run = try accelerator(
        "run", "--model", model, "--precision", "int8", "--input", flat, "--output", "\(folder)/y.npy")
      #expect(run.status == 2 && run.errors.contains("--calibration"))
    }
  }
}
