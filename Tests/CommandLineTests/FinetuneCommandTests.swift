import Foundation
import TestSupport
import Testing
import VideoAccelerator

/// `accelerator finetune` and `evaluate`, from videos to a model's folder.
@Suite struct FinetuneCommandTests {
  /// Videos of two classes, bright ones and dark ones, and one that is none.
  private static func makeVideos(_ folder: String) throws {
    for (name, level) in [("bright", 200), ("dark", 40)] {
      try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
      for number in 0..<6 {
        let path = "\(folder)/\(name)/\(number).mp4"
        try VideoWriter.write(to: path, width: 48, height: 40, encoding: VideoEncoding(framesPerSecond: 25)) { writer in
          for index in 0..<25 {
            let pixels = (0..<48 * 40 * 3).map { UInt8(clamping: level + ($0 * 7 + index * 5 + number * 11) % 50 - 25) }
            try writer.append(Frame(width: 48, height: 40, pixels: pixels, timestamp: Double(index) / 25))
          }
        }
      }
    }
    try Data("not a video".utf8).write(to: URL(fileURLWithPath: "\(folder)/dark/broken.mp4"))
  }

  @Test func aFolderOfVideosBecomesAModelThatOtherCommandsTake() throws {
    try CommandLineTests.withModelAndVideo { folder, model, video in
      let (data, output) = ("\(folder)/videos", "\(folder)/mine")
      try Self.makeVideos(data)
      let arguments = [
        "finetune", "--model", model, "--data", data, "--output", output, "--epochs", "3", "--batch-size", "4",
        "--threads", "2", "--lr", "0.003", "--format", "json",
      ]
      let result = try accelerator(arguments: arguments)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.json?["ending"] == "finished", "\(result.output)")
      #expect(result.json?["validation"]?["top1"] == .number(1), "\(result.output)")
      #expect(result.errors.contains("epoch 3 of 3") && result.errors.contains("broken.mp4"), "\(result.errors)")
      #expect(try ZooFolder(path: output).labels == ["bright", "dark"])
      let page = String(decoding: try contents("\(output)/training/report.html"), as: UTF8.self)
      #expect(page.hasPrefix("<!DOCTYPE html>"))
      let events = try JSONLinesLog.events(path: "\(output)/training/log.jsonl")
      #expect(TrainingHistory(events).epochs.count == 3)

      let evaluated = try accelerator("evaluate", "--model", output, "--data", data, "--format", "json")
      #expect(evaluated.status == 0, "\(evaluated.errors)")
      #expect(evaluated.json?["videos"] == 12 && evaluated.json?["skipped"] == 1)
      #expect(evaluated.json?["confusion"]?[0]?[0] == 6)
      let deployed = "\(folder)/mine.accel"
      #expect(try accelerator("deploy", "--model", output, "--output", deployed).status == 0)
      let text = try accelerator("evaluate", "--model", deployed, "--data", data, "--views", "2")
      #expect(text.status == 0 && text.output.contains("top-1 100.0 %"), "\(text.output)\(text.errors)")
      let classes = try accelerator("classify", "\(data)/dark/1.mp4", "--model", output, "--format", "json")
      #expect(classes.json?[0]?["predictions"]?[0]?["label"] == "dark")

      // A run that is there is not overwritten, and one that is done has nothing left to do.
      let again = try accelerator(arguments: arguments)
      #expect(again.status == 2 && again.errors.contains("--resume"))
      let resumed = try accelerator(arguments: arguments + ["--resume"])
      #expect(resumed.status == 0 && resumed.json?["validation"]?["top1"] == .number(1), "\(resumed.errors)")
      let other = try accelerator(arguments: arguments + ["--resume", "--seed", "9"])
      #expect(other.status == 2 && other.errors.contains("other settings"))
    }
  }

  /// Killed at random moments again and again, and with the disk full in between, a run comes to the same weights.
  @Test(.slow) func aKilledRunIsResumedToTheSameWeights() throws {
    try CommandLineTests.withModelAndVideo { folder, model, _ in
      let data = "\(folder)/videos"
      try Self.makeVideos(data)
      let (whole, killed) = ("\(folder)/whole", "\(folder)/killed")
      let checkpoint = FineTuning.checkpoint(in: killed)
      let arguments = { (output: String) in
        let hasCheckpoint = FileManager.default.fileExists(atPath: FineTuning.checkpoint(in: output))
        return [
          "finetune", "--model", model, "--data", data, "--output", output, "--epochs", "60", "--batch-size", "4",
          "--threads", "1", "--optimizer", "sgd",
        ] + (hasCheckpoint ? ["--resume"] : [])
      }
      #expect(try accelerator(arguments: arguments(whole)).status == 0)

      // As a person ends it; again, if this test gets so little of the processor that it comes too late.
      for attempt in 1... {
        try? FileManager.default.removeItem(atPath: killed)
        let first = try startAccelerator(arguments(killed))
        while first.isRunning, !FileManager.default.fileExists(atPath: checkpoint) { usleep(1000) }
        kill(first.processIdentifier, SIGTERM)
        first.waitUntilExit()
        let kept = try contents(checkpoint)
        let full = try accelerator(arguments: arguments(killed), largestFile: kept.count / 2048)
        if full.status == 0, attempt < 10 { continue }
        #expect(full.status != 0 && full.errors.contains("cannot be written"), "\(full.status) \(full.errors)")
        #expect(try contents(checkpoint) == kept)
        break
      }

      var generator = SeededGenerator(seed: 7)
      for _ in 0..<10 {
        let process = try startAccelerator(arguments(killed))
        Thread.sleep(forTimeInterval: Double.random(in: 0.05...0.9, using: &generator))
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
      }
      let last = try accelerator(arguments: arguments(killed))
      #expect(last.status == 0, "\(last.errors)")
      for name in ["model.safetensors", "last/model.safetensors"] {
        #expect(try contents("\(killed)/\(name)") == contents("\(whole)/\(name)"), "\(name)")
      }
      let files = try FileManager.default.subpathsOfDirectory(atPath: killed)
      #expect(files.filter { $0.hasSuffix(".part") }.isEmpty)
    }
  }

  /// A trained model is trained on in integers, and what comes of it is judged by the other commands.
  @Test(.slow) func aTrainedModelIsTrainedOnInIntegers() throws {
    try CommandLineTests.withModelAndVideo { folder, model, _ in
      let (data, mine) = ("\(folder)/videos", "\(folder)/mine")
      try Self.makeVideos(data)
      let common = [
        "--data", data, "--validation", data, "--batch-size", "4", "--threads", "2", "--format", "json",
      ]
      let trained = try accelerator(
        arguments: ["finetune", "--model", model, "--output", mine, "--epochs", "3", "--lr", "0.003"] + common)
      #expect(trained.status == 0, "\(trained.errors)")
      let arguments = { (output: String) in
        ["finetune", "--model", mine, "--precision", "int8", "--target", "mobile_cpu", "--output", output] + common
      }
      let whole = "\(folder)/whole/mine8"
      let result = try accelerator(arguments: arguments(whole))
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.json?["ending"] == "finished" && result.json?["model"] == .string("\(whole)/model.accel"))
      for line in ["calibrated on ", "in int8 before training: validation: loss ", "epoch 3 of 3"] {
        #expect(result.errors.contains(line), "\(result.errors)")
      }
      let inspected = try accelerator("inspect", "\(whole)/model.accel", "--format", "json")
      #expect(inspected.json?["precision"] == "int8" && inspected.json?["target"] == "mobile_cpu")
      #expect(inspected.json?["name"] == "mine8", "\(inspected.output)")
      // Of each file 'evaluate' says what training said.
      let history = TrainingHistory(try JSONLinesLog.events(path: "\(whole)/training/log.jsonl"))
      let latest = try #require(history.epochs.last?.validation)
      let best = try #require(result.json?["validation"]?["loss"])
      let start = try #require(result.errors.firstMatch(of: /before training: validation: loss ([0-9.]+),/)?.1)
      for (name, loss) in [("model.accel", best), ("last.accel", .rounded(latest.loss, 4))] {
        let evaluated = try accelerator(
          "evaluate", "--model", "\(whole)/\(name)", "--data", data, "--format", "json")
        #expect(evaluated.json?["videos"] == 12 && evaluated.json?["score"]?["loss"] == loss, "\(name)")
      }
      let evaluated = try accelerator("evaluate", "--model", "\(whole)/training/start.accel", "--data", data)
      #expect(evaluated.output.contains("loss \(start)"), "\(evaluated.output)")
      let first = try DeployableFile(path: "\(whole)/training/start.accel")
      let last = try DeployableFile(path: "\(whole)/last.accel")
      #expect(last.quantization == first.quantization && last.weights != first.weights)
      #expect(last.labels == ["bright", "dark"] && last.preprocessing == first.preprocessing)

      // Interrupted somewhere, it comes to the same bytes.
      let killed = "\(folder)/killed/mine8"
      for attempt in 0..<2 {
        let hasCheckpoint = FileManager.default.fileExists(atPath: FineTuning.checkpoint(in: killed))
        let process = try startAccelerator(arguments(killed) + (hasCheckpoint ? ["--resume"] : []))
        Thread.sleep(forTimeInterval: attempt == 0 ? 1.2 : 0.5)
        kill(process.processIdentifier, attempt == 0 ? SIGINT : SIGKILL)
        process.waitUntilExit()
      }
      let hasCheckpoint = FileManager.default.fileExists(atPath: FineTuning.checkpoint(in: killed))
      let resumed = try accelerator(arguments: arguments(killed) + (hasCheckpoint ? ["--resume"] : []))
      #expect(resumed.status == 0, "\(resumed.errors)")
      for name in ["model.accel", "last.accel", "training/start.accel"] {
        #expect(try contents("\(killed)/\(name)") == contents("\(whole)/\(name)"), "\(name)")
      }

      for (arguments, problem) in [
        (["--model", mine, "--output", whole, "--resume"], "other settings"),
        (["--model", mine, "--output", "\(folder)/x", "--precision", "fp16"], "must be fp32 or int8"),
        (["--model", mine, "--output", "\(folder)/x", "--target", "host"], "--target goes with --precision int8"),
        (["--model", model, "--output", "\(folder)/x", "--precision", "int8"], "not those of the videos"),
        (
          ["--model", model, "--random-weights", "1", "--output", "\(folder)/x", "--precision", "int8"],
          "is untrained: train it in fp32 first"
        ),
      ] {
        let refused = try accelerator(arguments: ["finetune"] + arguments + common)
        #expect(refused.status == 2 && refused.errors.contains(problem), "\(arguments): \(refused.errors)")
      }
    }
  }

  @Test func dataThatCannotBeLearnedFromIsToldInASentence() throws {
    try CommandLineTests.withModelAndVideo { folder, model, video in
      let (empty, single) = ("\(folder)/empty", "\(folder)/single")
      try FileManager.default.createDirectory(atPath: "\(empty)/a", withIntermediateDirectories: true)
      try FileManager.default.createDirectory(atPath: "\(single)/only", withIntermediateDirectories: true)
      try FileManager.default.copyItem(atPath: video, toPath: "\(single)/only/a.mp4")
      let finetune = ["finetune", "--model", model, "--output", "\(folder)/out", "--data"]
      for (arguments, problem) in [
        ([empty], "no video"), ([single], "only"), (["\(folder)/none"], "none"),
        ([single, "--lr", "-1"], "--lr"), ([single, "--epochs", "0"], "--epochs"),
        ([single, "--resume"], "no run to resume"),
        ([single, "--unfreeze-after", "2"], "--freeze backbone"),
      ] {
        let result = try accelerator(arguments: finetune + arguments)
        #expect(result.status == 2 && result.errors.contains(problem), "\(arguments): \(result.errors)")
      }
      let evaluate = try accelerator("evaluate", "--model", model, "--data", single)
      #expect(evaluate.status == 2, "\(evaluate.errors)")
    }
  }
}
