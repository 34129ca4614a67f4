import Foundation
import ModelTestSupport
import Tensors
import TestSupport
import Testing
import VideoAccelerator

/// `accelerator batch` on real files: what it writes, and that it can be ended at any moment.
@Suite struct BatchCommandTests {
  /// A model, and a folder of links to a video, every fifth of which leads to a file that is no video.
  private func withModelAndVideos(
    _ count: Int, _ body: (_ folder: String, _ model: String, _ videos: String) throws -> Void
  ) throws {
    try CommandLineTests.withModelAndVideo { folder, model, video in
      let (videos, bad) = ("\(folder)/videos", "\(folder)/text")
      try FileManager.default.createDirectory(atPath: videos, withIntermediateDirectories: false)
      try "not a video".write(toFile: bad, atomically: true, encoding: .utf8)
      for number in 0..<count {
        try FileManager.default.createSymbolicLink(
          atPath: "\(videos)/\(1000 + number).mp4", withDestinationPath: number % 5 == 3 ? bad : video)
      }
      try body(folder, model, videos)
    }
  }

  private func lines(_ path: String) throws -> [JSON] {
    try String(decoding: contents(path), as: UTF8.self).split(separator: "\n").map {
      try JSON(parsing: Array($0.utf8), path: path)
    }
  }

  @Test func eachVideoIsAResultOrAFailureWithAReason() throws {
    try withModelAndVideos(10) { folder, model, videos in
      let output = "\(folder)/out.jsonl"
      let result = try accelerator("batch", videos, "--output", output, "--model", model, "--top", "2")
      #expect(result.status == 3 && result.output.isEmpty, "\(result.errors)")
      #expect(result.errors.contains("10 of 10 videos in "), "\(result.errors)")
      #expect(result.errors.contains("8 in \(output), 2 failed: \(folder)/out.failures.jsonl"), "\(result.errors)")
      let (results, failures) = (try lines(output), try lines("\(folder)/out.failures.jsonl"))
      #expect(results.count == 8 && results[0]["path"] == .string("\(videos)/1000.mp4"))
      #expect(results[0]["predictions"]?[1] != nil && results[0]["predictions"]?[2] == nil)
      #expect(failures.count == 2 && failures[0]["path"] == .string("\(videos)/1003.mp4"))
      #expect(failures[0]["error"]?.text().contains("is not a readable video") == true)
      // The results are those of `classify`, without the times.
      let other = try accelerator("classify", videos, "--skip-bad", "--model", model, "--top", "2", "--format", "jsonl")
      let expected = try other.output.split(separator: "\n").compactMap { line -> JSON? in
        guard case .object(var object) = try JSON(parsing: Array(line.utf8), path: "stdout"), object["error"] == nil
        else { return nil }
        object["decode_ms"] = nil
        object["inference_ms"] = nil
        return .object(object)
      }
      #expect(results == expected)
    }
  }

  @Test func listsComeFromFilesAndStandardInput() throws {
    try withModelAndVideos(3) { folder, model, videos in
      let manifest = "\(videos)/list.txt"
      try "1001.mp4\n{\"path\":\"1000.mp4\"}\n1001.mp4\n".write(toFile: manifest, atomically: true, encoding: .utf8)
      let (first, second) = ("\(folder)/a.jsonl", "\(folder)/b.jsonl")
      let batch = ["batch", "--model", model, "--job", "features", "--output"]
      let file = try accelerator(arguments: batch + [first, manifest])
      #expect(file.status == 0 && file.errors.contains("1 of the list's entries"), "\(file.errors)")
      let input = Data("\(videos)/1001.mp4\n\(videos)/1000.mp4\n".utf8)
      #expect(try accelerator(arguments: batch + [second, "-"], input: input).status == 0)
      #expect(try contents(first) == contents(second))
      #expect(try lines(first).map { $0["path"] } == [.string("\(videos)/1001.mp4"), .string("\(videos)/1000.mp4")])
      #expect(try lines(first)[0]["features"]?[23] != nil)
      let empty = try accelerator(arguments: batch + ["\(folder)/c.jsonl", "-"], input: Data())
      #expect(empty.status == 2 && empty.errors.contains("standard input contains no videos"))
      let video = try accelerator(arguments: batch + ["\(folder)/c.jsonl", "\(folder)/clip.mp4"])
      #expect(video.status == 2 && video.errors.contains("a path on each line was expected"), "\(video.errors)")
    }
  }

  /// Whatever a killed run leaves, the next one goes on with.
  @Test func killedRunsEndAsOneThatWasNot() throws {
    try withModelAndVideos(60) { folder, model, videos in
      let (clean, output) = ("\(folder)/clean.jsonl", "\(folder)/out.jsonl")
      let batch = ["batch", videos, "--model", model, "--resume", "--output"]
      #expect(try accelerator(arguments: batch + [clean]).status == 3)
      for _ in 0..<6 {
        let process = try startAccelerator(batch + [output])
        Thread.sleep(forTimeInterval: .random(in: 0...0.3))
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
      }
      let last = try accelerator(arguments: batch + [output])
      #expect(last.status == 3, "\(last.errors)")
      for ending in [".jsonl", ".failures.jsonl", ".batch.json"] {
        #expect(try contents("\(folder)/clean\(ending)") == contents("\(folder)/out\(ending)"), "\(ending)")
      }
    }
  }

  @Test func aRequestToStopIsFollowedAndResumed() throws {
    try withModelAndVideos(300) { folder, model, videos in
      let (clean, output) = ("\(folder)/clean.jsonl", "\(folder)/out.jsonl")
      let batch = ["batch", videos, "--model", model, "--resume", "--jobs", "1", "--output"]
      let process = try startAccelerator(batch + [output])
      while process.isRunning, try !FileManager.default.fileExists(atPath: output) || contents(output).isEmpty {
        Thread.sleep(forTimeInterval: 0.005)
      }
      kill(process.processIdentifier, SIGINT)
      process.waitUntilExit()
      #expect(process.terminationStatus == 130 && process.terminationReason == .exit)
      #expect(try (1..<240).contains(lines(output).count))
      let rest = try accelerator(arguments: batch + [output])
      #expect(rest.status == 3 && rest.errors.contains("resumed: "), "\(rest.errors)")
      #expect(try accelerator(arguments: batch + [clean]).status == 3)
      #expect(try contents(output) == contents(clean))
    }
  }

  @Test func shardsTogetherAreOneRun() throws {
    try withModelAndVideos(11) { folder, model, videos in
      let batch = ["batch", videos, "--model", model, "--output"]
      #expect(try accelerator(arguments: batch + ["\(folder)/all.jsonl"]).status == 3)
      let first = try accelerator(arguments: batch + ["\(folder)/0.jsonl", "--shard", "0/2"])
      let second = try accelerator(
        arguments: batch + ["\(folder)/1.jsonl", "--shard", "/2"], environment: ["JOB_COMPLETION_INDEX": "1"])
      #expect(first.status == 3 && second.status == 3, "\(first.errors)\(second.errors)")
      for ending in [".jsonl", ".failures.jsonl"] {
        let parts = try contents("\(folder)/0\(ending)") + contents("\(folder)/1\(ending)")
        #expect(try parts == contents("\(folder)/all\(ending)"))
      }
      // One without videos has nothing to do, and none of the wrong ones begins.
      let list = Data("\(videos)/1000.mp4".utf8)
      let batchOfOne = ["batch", "-", "--model", model, "--output", "\(folder)/none.jsonl", "--shard"]
      #expect(try accelerator(arguments: batchOfOne + ["0/2"], input: list).status == 0)
      for wrong in ["2/2", "1", "/2"] {
        let result = try accelerator(arguments: batchOfOne + [wrong, "--force"], input: list)
        #expect(result.status == 2 && result.errors.contains("is not a shard"), "\(wrong): \(result.errors)")
      }
    }
  }

  @Test func resultsAreNeitherReplacedNorMixed() throws {
    try withModelAndVideos(3) { folder, model, videos in
      let output = "\(folder)/out.jsonl"
      let batch = ["batch", videos, "--model", model, "--output", output]
      #expect(try accelerator(arguments: batch).status == 0)
      let results = try contents(output)
      for (options, reason) in [
        ([], "use --resume to go on with it, or --force to replace it"), (["--resume", "--top", "3"], "top 5 → 3"),
        (["--resume", "--job", "features"], "job classify → features"),
        (["--resume", "--precision", "fp16"], "precision fp32 → fp16"),
        (["--resume", "--model", "x3d_xs", "--random-weights", "1"], "model small ("),
        (["--resume", "--shard", "0/2"], "shard 0/1 → 0/2"), (["--resume", "--force"], "choose one"),
      ] {
        let result = try accelerator(arguments: batch + options)
        #expect(result.status == 2 && result.errors.contains(reason), "\(options): \(result.errors)")
      }
      #expect(try contents(output) == results)
      #expect(try accelerator(arguments: batch + ["--force", "--top", "1"]).status == 0)
      #expect(try contents(output).count < results.count)
      let file = try AppendedFile(path: output)
      let isLocked = try file.lock()
      #expect(isLocked)
      let other = try accelerator(arguments: batch + ["--resume", "--top", "1"])
      #expect(other.status == 2 && other.errors.contains("another run is writing"), "\(other.errors)")
      withExtendedLifetime(file) {}
    }
  }

  /// A full disk is a failure, not a bad video, and what was written is kept.
  @Test func aFullDiskEndsTheBatchWhichCanBeResumed() throws {
    try withModelAndVideos(20) { folder, model, videos in
      let (clean, output) = ("\(folder)/clean.jsonl", "\(folder)/out.jsonl")
      let batch = ["batch", videos, "--model", model, "--resume", "--output"]
      #expect(try accelerator(arguments: batch + [clean]).status == 3)
      #expect(try contents(clean).count > 2048)
      let full = try accelerator(arguments: batch + [output], largestFile: 1)
      #expect(full.status == 1 && full.errors.contains("cannot be written"), "\(full.errors)")
      #expect(try contents(output).count == 1024)
      #expect(try accelerator(arguments: batch + [output]).status == 3)
      #expect(try contents(output) == contents(clean))
    }
  }

  @Test func shotsAreAJob() throws {
    try withModelAndVideos(2) { folder, _, videos in
      let (model, output) = ("\(folder)/cuts.accel", "\(folder)/shots.jsonl")
      try Model(name: "cuts", graph: CutDetector.architecture.graph(), weights: CutDetector.weights(), recipe: nil)
        .write(to: model)
      let result = try accelerator("batch", videos, "--job", "shots", "--model", model, "--output", output)
      #expect(result.status == 0, "\(result.errors)")
      #expect(try lines(output).map { $0["frames"] } == [30, 30])
      #expect(try lines(output)[0]["shots"]?[0]?["start_frame"] == 0)
    }
  }

  @Test(
    arguments: [
      ["--output", "out.parquet"], ["--output", "out.jsonl", "--failures", "out.jsonl"],
      ["--output", "out.jsonl", "--jobs", "0"], ["--output", "out.jsonl", "--threshold", "0.5"],
      ["--output", "out.jsonl", "--job", "shots", "--views", "3"],
      ["--output", "out.jsonl", "--job", "features", "--top", "3"], ["--output", "none/out.jsonl"], [],
    ])
  func wrongOptionsAreRefused(_ options: [String]) throws {
    try withModelAndVideos(1) { folder, model, videos in
      let paths = options.map { $0.contains("out.") ? "\(folder)/\($0)" : $0 }
      let result = try accelerator(arguments: ["batch", videos, "--model", model] + paths)
      #expect(result.status == 2, "\(options): \(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/out.jsonl"))
    }
  }
}
