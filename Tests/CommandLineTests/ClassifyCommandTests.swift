import Tensors
import ModelTestSupport
import Foundation
import TestSupport
import Testing
import VideoAccelerator

/// `accelerator classify` and `features` on real files, in every form of output.
@Suite struct ClassifyCommandTests {
  @Test func classifyPrintsLabelledScoresAsJSON() throws {
    try CommandLineTests.withModelAndVideo { _, model, video in
      let result = try accelerator("classify", video, video, "--model", model, "--top", "2", "--format", "json")
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.errors.isEmpty)
      let first = try #require(result.json?[0])
      #expect(first["path"] == .string(video))
      #expect(first["model"] == "small")
      #expect(first["duration_s"] == 1.2)
      #expect(first["decode_ms"] != nil && first["inference_ms"] != nil)
      let prediction = try #require(first["predictions"]?[0])
      #expect(SmallModel.labels.map { JSON.string($0) }.contains(prediction["label"] ?? .null))
      #expect(first["predictions"]?[1] != nil && first["predictions"]?[2] == nil)
      #expect(result.json?[1] != nil && result.json?[2] == nil)
    }
  }

  @Test func classifyPrintsOneObjectALineOrAReadableTable() throws {
    try CommandLineTests.withModelAndVideo { _, model, video in
      let lines = try accelerator("classify", video, video, "--model", model, "--format", "jsonl").output
      #expect(lines.split(separator: "\n").count == 2)
      let text = try accelerator("classify", video, "--model", model, "--views", "2", "--crops", "3").output
      #expect(text.hasPrefix("\(video)  (2 clips of 0.7 s, 3 crops each, from 1.2 s, small"))
      #expect(text.split(separator: "\n").count == 6)
    }
  }

  @Test func classifyReadsRawFramesFromStandardInput() throws {
    try CommandLineTests.withModelAndVideo { _, model, _ in
      let frames = Data(repeating: 90, count: 20 * 10 * 3 * 12)
      let result = try accelerator(
        "classify", "-", "--raw", "20x10@25", "--model", model, "--format", "json", input: frames)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.json?[0]?["duration_s"] == 0.48)
      let cut = try accelerator(
        "classify", "-", "--raw", "20x10@25", "--model", model, "--format", "json", input: frames.dropLast(1))
      #expect(cut.status == 0 && cut.json?[0]?["duration_s"] == 0.44, "\(cut.errors)")
      #expect(cut.errors.contains("ends at byte 599 of frame 11") && cut.json?[0]?["damage"] != nil, "\(cut.errors)")
      let none = try accelerator("classify", "-", "--raw", "20x10@25", "--model", model, input: frames.prefix(599))
      #expect(none.status == 2)
    }
  }

  @Test func skipBadGoesOnAndWithoutItTheGoodResultsAreStillPrinted() throws {
    try CommandLineTests.withModelAndVideo { folder, model, video in
      let bad = "\(folder)/bad.mp4"
      try "not a video".write(toFile: bad, atomically: true, encoding: .utf8)
      let skipped = try accelerator("classify", bad, video, "--model", model, "--skip-bad", "--format", "json")
      #expect(skipped.status == 3)
      #expect(skipped.errors.contains("skipped: \(bad)") && skipped.errors.contains("1 of 2 videos skipped"))
      #expect(skipped.json?[0]?["path"] == .string(bad) && skipped.json?[0]?["predictions"] == nil)
      #expect(skipped.json?[0]?["error"]?.text().contains("is not a readable video") == true)
      #expect(skipped.json?[1]?["path"] == .string(video) && skipped.json?[1]?["predictions"] != nil)
      let stopped = try accelerator("classify", video, bad, "--model", model, "--format", "json")
      #expect(stopped.status == 2)
      #expect(stopped.json?[0]?["path"] == .string(video))
      #expect(stopped.json?[1]?["error"] != nil && stopped.json?[2] == nil)
      #expect(try accelerator("classify", bad, "--model", model, "--skip-bad").status == 2)
    }
  }

  @Test func featuresAreTheClassifiersInput() throws {
    try CommandLineTests.withModelAndVideo { _, model, video in
      let result = try accelerator("classify", video, "--model", model, "--features", "--format", "json")
      guard case .array(let features) = result.json?[0]?["features"] else {
        Issue.record("no features: \(result.errors)")
        return
      }
      #expect(features.count == 24)
    }
  }

  @Test func labelsAndClassesCanBeGiven() throws {
    try CommandLineTests.withModelAndVideo { folder, model, video in
      let labels = "\(folder)/labels.txt"
      try "un\ndeux\ntrois\nquatre\ncinq\n".write(toFile: labels, atomically: true, encoding: .utf8)
      let named = try accelerator("classify", video, "--model", model, "--labels", labels, "--top", "5").output
      #expect(named.contains("quatre"))
      try "un\ndeux\n".write(toFile: labels, atomically: true, encoding: .utf8)
      let few = try accelerator("classify", video, "--model", model, "--labels", labels)
      #expect(few.status == 2 && few.errors.contains("5 classes, but 2 labels"))
      let other = try accelerator(
        "classify", video, "--model", model, "--classes", "3", "--random-weights", "1", "--format", "json")
      #expect(other.status == 0 && other.errors.contains("untrained"))
    }
  }

  @Test func aDeployedModelTakesItsOwnNumberOfLabelsOnly() throws {
    try CommandLineTests.withModelAndVideo { folder, model, video in
      let (path, labels) = ("\(folder)/small.accel", "\(folder)/labels.txt")
      #expect(try accelerator("deploy", "--model", model, "--output", path).status == 0)
      try "un\ndeux\ntrois\nquatre\ncinq\n".write(toFile: labels, atomically: true, encoding: .utf8)
      let named = try accelerator("classify", video, "--model", path, "--labels", labels)
      #expect(named.status == 0 && named.output.contains("quatre"))
      try "un\ndeux\n".write(toFile: labels, atomically: true, encoding: .utf8)
      let few = try accelerator("classify", video, "--model", path, "--labels", labels)
      #expect(few.status == 2 && few.errors.contains("5 classes, but 2 labels"))
    }
  }

  @Test func aTimelineSaysWhatIsSeenWhen() throws {
    try CommandLineTests.withModelAndVideo { folder, model, video in
      let page = "\(folder)/page.html"
      let classify = ["classify", video, "--model", model]
      let text = try accelerator(arguments: classify + ["--timeline", "--html", page])
      #expect(text.status == 0 && text.output.contains("0.0 – "), "\(text.errors)")
      #expect(text.output.contains { "▁▂▃▄▅▆▇█".contains($0) }, "\(text.output)")
      let html = String(decoding: try contents(page), as: UTF8.self)
      #expect(html.hasPrefix("<!DOCTYPE html>") && html.contains("accelerator classify /"))
      #expect(text.output.contains("most of the time: "))
      let json = try accelerator(
        arguments: classify + ["--timeline", "--step", "0.1", "--format", "json", "--hysteresis", "0.25"]
      ).json?[0]
      #expect(json?["timeline"]?["smoothing"]?["hysteresis"] == .number(0.25))
      // 1.2 s in clips of 2/3 s.
      #expect(json?["timeline"]?["clips"]?[5] != nil && json?["timeline"]?["clips"]?[6] == nil)
      #expect(json?["timeline"]?["segments"]?[0]?["start_s"] == .number(0))
      for wrong in [
        ["--step", "1"], ["--html", page], ["--timeline", "--views", "2"], ["--timeline", "--step", "0"],
        ["--timeline", video, "--html", page], ["--smoothing", "1"], ["--timeline", "--hysteresis", "2"],
        ["--timeline", "--min-segment", "-1"],
      ] {
        #expect(try accelerator(arguments: classify + wrong).status == 2, "\(wrong)")
      }
    }
  }

  @Test func weightsThatAreNotNumbersAreAnErrorAndNotAScore() throws {
    try CommandLineTests.withModelAndVideo { folder, model, video in
      var weights = try SmallModel.weights()
      for (name, tensor) in weights where name.hasSuffix("proj.bias") {
        weights[name] = Tensor([Float](repeating: .nan, count: tensor.count), shape: tensor.shape)
      }
      try SafetensorsFile.write(NamedTensors(weights.map { ($0.key, $0.value) }), to: "\(folder)/nan.safetensors")
      let result = try accelerator(
        "classify", video, "--model", model, "--checkpoint", "\(folder)/nan.safetensors", "--format", "jsonl")
      #expect(result.status == 2 && result.output.isEmpty && result.errors.contains("not finite"), "\(result.errors)")
    }
  }
}
