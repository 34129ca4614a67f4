import Video
import Zoo
import Training
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
        "finetune", "--model", model, "--data", data, "--output", output, "--epochs", "6", "--batch-size", "4",
        "--threads", "2", "--lr", "0.01", "--format", "json",
      ]
      let result = try accelerator(arguments: arguments)
      // Done, but one video could not be decoded.
      #expect(result.status == 3, "\(result.errors)")
      #expect(result.json?["ending"] == "finished", "\(result.output)")
      #expect(result.json?["skipped"]?[0]?["path"] == .string("\(data)/dark/broken.mp4"), "\(result.output)")
      #expect(result.json?["validation"]?["top1"] == .number(1), "\(result.output)")
      #expect(result.errors.contains("epoch 6 of 6") && result.errors.contains("broken.mp4"), "\(result.errors)")
      #expect(try ZooFolder(path: output).labels == ["bright", "dark"])
      let page = String(decoding: try contents("\(output)/training/report.html"), as: UTF8.self)
      #expect(page.hasPrefix("<!DOCTYPE html>"))
      let events = try JSONLinesLog.events(path: "\(output)/training/log.jsonl")
      #expect(TrainingHistory(events).epochs.count == 6)

      // What was held out is what is evaluated, unless all is asked for.
      for data in [["--data", data], []] {
        let evaluated = try accelerator(
          arguments: ["evaluate", "--model", output, "--format", "json", "--skip-bad"] + data)
        #expect(evaluated.status == 0 && evaluated.json?["videos"] == 2, "\(evaluated.errors)")
        #expect(evaluated.json?["score"]?["top5"] == nil)
      }
      let all = ["evaluate", "--model", output, "--data", data, "--split", "all", "--format", "json"]
      let evaluated = try accelerator(arguments: all + ["--skip-bad"])
      #expect(evaluated.status == 3 && evaluated.errors.contains("are training videos of this model"))
      #expect(evaluated.json?["videos"] == 12 && evaluated.json?["confusion"]?[0]?[0] == 6)
      #expect(evaluated.json?["skipped"]?[0]?["path"] == .string("\(data)/dark/broken.mp4"))
      let stopped = try accelerator(arguments: all)
      #expect(stopped.status == 2 && stopped.output.isEmpty, "\(stopped.output)")
      #expect(
        stopped.errors.contains("dark/broken.mp4 is not a readable video") && stopped.errors.contains("--skip-bad"))
      let deployed = "\(folder)/mine.accel"
      #expect(try accelerator("deploy", "--model", output, "--output", deployed).status == 0)
      let text = try accelerator("evaluate", "--model", deployed, "--data", data, "--views", "2", "--skip-bad")
      #expect(text.status == 3 && text.output.contains("top-1 100.0 %"), "\(text.output)\(text.errors)")
      let classes = try accelerator("classify", "\(data)/dark/1.mp4", "--model", output, "--format", "json")
      #expect(classes.json?[0]?["predictions"]?[0]?["label"] == "dark")

      // A run that is there is not overwritten, and one that is done has nothing left to do.
      let again = try accelerator(arguments: arguments)
      #expect(again.status == 2 && again.errors.contains("--resume"))
      let resumed = try accelerator(arguments: arguments + ["--resume"])
      #expect(
        [0, 3].contains(resumed.status) && resumed.json?["validation"]?["top1"] == .number(1), "\(resumed.errors)")
      let other = try accelerator(arguments: arguments + ["--resume", "--seed", "9"])
      #expect(other.status == 2 && other.errors.contains("Options differ from the checkpoint: seed 0 → 9"))
    }
  }

  /// The options of a run are in its folder; some of them may change.
  @Test func resumingTakesNoOtherOption() throws {
    try CommandLineTests.withModelAndVideo { folder, model, _ in
      let (data, output) = ("\(folder)/videos", "\(folder)/mine")
      try Self.makeVideos(data)
      try FileManager.default.removeItem(atPath: "\(data)/dark/broken.mp4")
      let first = try accelerator(
        "finetune", "--model", model, "--data", data, "--output", output, "--epochs", "2", "--batch-size", "4",
        "--optimizer", "sgd", "--lr", "0.01", "--no-flip")
      #expect(first.status == 0, "\(first.errors)")
      let resume = ["finetune", "--output", output, "--resume"]
      let more = try accelerator(arguments: resume + ["--epochs", "3", "--batch-size", "2", "--threads", "1"])
      #expect(more.status == 0 && more.errors.contains("epoch 3 of 3"), "\(more.errors)")
      #expect(
        more.errors.contains("Options differ from the checkpoint: epochs 2 → 3, batch size 4 → 2"), "\(more.errors)")
      // Videos that came since are not part of the run.
      try FileManager.default.copyItem(atPath: "\(data)/dark/1.mp4", toPath: "\(data)/dark/new.mp4")
      let again = try accelerator(arguments: resume + ["--epochs", "4", "--batch-size", "2"])
      #expect(again.status == 0 && again.errors.contains("10 training videos of 2 classes"), "\(again.errors)")
      for (option, value, difference) in [
        ("--lr", "0.02", "lr 0.01 → 0.02"), ("--optimizer", "adamw", "optimizer sgd → adamw"),
        ("--data", folder, "data \(data) → \(folder)"), ("--ema", "0.9", "ema none → 0.9"),
      ] {
        let refused = try accelerator(arguments: resume + [option, value])
        #expect(refused.status == 2, "\(refused.errors)")
        #expect(refused.errors.contains("Options differ from the checkpoint: \(difference)."), "\(refused.errors)")
      }
    }
  }

  @Test func aTrainingThatDivergesFailsAndLeavesNoModel() throws {
    try CommandLineTests.withModelAndVideo { folder, model, _ in
      let (data, output) = ("\(folder)/videos", "\(folder)/mine")
      try Self.makeVideos(data)
      let result = try accelerator(
        "finetune", "--model", model, "--data", data, "--output", output, "--epochs", "2", "--optimizer", "sgd",
        "--lr", "1e30", "--format", "json")
      #expect(result.status == 1 && result.errors.contains("training diverged"), "\(result.status) \(result.errors)")
      #expect(result.output.isEmpty && !FileManager.default.fileExists(atPath: "\(output)/model.safetensors"))
    }
  }

  @Test func aClassWithoutAVideoThatCanBeDecodedIsNotLearned() throws {
    try CommandLineTests.withModelAndVideo { folder, model, _ in
      let data = "\(folder)/videos"
      try Self.makeVideos(data)
      for number in 0..<6 { try Data("no".utf8).write(to: URL(fileURLWithPath: "\(data)/dark/\(number).mp4")) }
      let result = try accelerator(
        "finetune", "--model", model, "--data", data, "--output", "\(folder)/mine", "--epochs", "2")
      #expect(result.status == 2 && result.errors.contains("no video can be decoded of \"dark\""), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/mine/model.safetensors"))
    }
  }

  @Test func classesThatDifferInADirectionAndWhatIsNoVideoAreTold() throws {
    try CommandLineTests.withModelAndVideo { folder, model, _ in
      let data = "\(folder)/videos"
      try Self.makeVideos(data)
      for (old, new) in [("bright", "pan left"), ("dark", "pan right")] {
        try FileManager.default.moveItem(atPath: "\(data)/\(old)", toPath: "\(data)/\(new)")
      }
      try FileManager.default.removeItem(atPath: "\(data)/pan right/broken.mp4")
      try Data("notes".utf8).write(to: URL(fileURLWithPath: "\(data)/notes.txt"))
      let arguments = ["finetune", "--model", model, "--data", data, "--epochs", "1", "--output"]
      let warned = try accelerator(arguments: arguments + ["\(folder)/a"])
      #expect(warned.status == 0 && warned.errors.contains("skipped: 1 file (1 not a video: notes.txt)"))
      #expect(warned.errors.contains("look like mirror images") && warned.errors.contains("--no-flip"))
      let quiet = try accelerator(arguments: arguments + ["\(folder)/b", "--no-flip"])
      #expect(quiet.status == 0 && !quiet.errors.contains("mirror"), "\(quiet.errors)")
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
      #expect(try accelerator(arguments: arguments(whole)).status == 3)

      // As a person ends it; again, if this test gets so little of the processor that it comes too late.
      for attempt in 1... {
        try? FileManager.default.removeItem(atPath: killed)
        let first = try startAccelerator(arguments(killed))
        while first.isRunning, !FileManager.default.fileExists(atPath: checkpoint) { usleep(1000) }
        kill(first.processIdentifier, SIGTERM)
        first.waitUntilExit()
        #expect([130, 3].contains(first.terminationStatus), "interrupted and saved, or done")
        let kept = try contents(checkpoint)
        let full = try accelerator(arguments: arguments(killed), largestFile: kept.count / 2048)
        if full.status == 3, attempt < 10 { continue }
        #expect(full.status != 3 && full.errors.contains("cannot be written"), "\(full.status) \(full.errors)")
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
      #expect([0, 3].contains(last.status), "\(last.errors)")
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
      #expect(trained.status == 3, "\(trained.errors)")
      let arguments = { (output: String) in
        ["finetune", "--model", mine, "--precision", "int8", "--target", "mobile_cpu", "--output", output] + common
      }
      let whole = "\(folder)/whole/mine8"
      let result = try accelerator(arguments: arguments(whole))
      #expect(result.status == 3, "\(result.errors)")
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
          "evaluate", "--model", "\(whole)/\(name)", "--data", data, "--split", "all", "--skip-bad", "--format", "json")
        #expect(evaluated.json?["videos"] == 12 && evaluated.json?["score"]?["loss"] == loss, "\(name)")
      }
      let evaluated = try accelerator(
        "evaluate", "--model", "\(whole)/training/start.accel", "--data", data, "--skip-bad")
      #expect(evaluated.output.contains("loss \(start)"), "\(evaluated.output)")
      let first = try Model(contentsOf: "\(whole)/training/start.accel")
      let last = try Model(contentsOf: "\(whole)/last.accel")
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
      #expect([0, 3].contains(resumed.status), "\(resumed.errors)")
      for name in ["model.accel", "last.accel", "training/start.accel"] {
        #expect(try contents("\(killed)/\(name)") == contents("\(whole)/\(name)"), "\(name)")
      }

      for (arguments, problem) in [
        (
          ["--model", mine, "--output", whole, "--resume", "--precision", "fp32"],
          "Options differ from the checkpoint: precision int8 → fp32"
        ),
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
