import Tensors
import Video
import Foundation
import TestSupport
import Testing
import VideoAccelerator

/// Folders and patterns as inputs, several videos at once, and what an interruption leaves.
@Suite struct VideoInputsTests {
  /// A folder with three videos in two folders, one of them with a name that says nothing, and a text file.
  static func withFolder(_ body: (_ folder: String, _ model: String, _ names: [String]) throws -> Void) throws {
    try CommandLineTests.withModelAndVideo { folder, model, video in
      let names = ["a.mp4", "sub/b.mp4", "sub/deep/c"]
      let root = "\(folder)/videos"
      try FileManager.default.createDirectory(atPath: "\(root)/sub/deep", withIntermediateDirectories: true)
      for name in names { try FileManager.default.copyItem(atPath: video, toPath: "\(root)/\(name)") }
      try "notes".write(toFile: "\(root)/notes.txt", atomically: true, encoding: .utf8)
      try body(root, model, names.map { "\(root)/\($0)" })
    }
  }

  private func paths(_ result: CommandResult) -> [String] {
    result.output.split(separator: "\n").compactMap {
      guard case .string(let path) = try? JSON(parsing: Array($0.utf8), path: "line")["path"] else { return nil }
      return path
    }
  }

  @Test func aFolderStandsForTheVideosInItInOrderWithAnyNumberOfJobs() throws {
    try Self.withFolder { folder, model, names in
      for extra in [[], ["--jobs", "3"], ["--features"]] {
        let result = try accelerator(
          arguments: ["classify", folder, "--model", model, "--format", "jsonl"] + extra)
        #expect(result.status == 0 && paths(result) == names, "\(result.errors)\(result.output)")
        #expect(result.errors.contains("notes.txt"), "\(result.errors)")
      }
      try FileManager.default.createDirectory(atPath: "\(folder)/none", withIntermediateDirectories: true)
      let empty = try accelerator("classify", "\(folder)/none", "--model", model)
      #expect(empty.status == 2 && empty.errors.contains("contains no videos"))
    }
  }

  @Test func jobsChangeNoResult() throws {
    try Self.withFolder { folder, model, names in
      let results = try ["1", "3"].map { jobs in
        try accelerator("classify", folder, "--model", model, "--jobs", jobs, "--format", "json").json
      }
      for index in names.indices { #expect(results[0]?[index]?["predictions"] == results[1]?[index]?["predictions"]) }
      #expect(results[0]?[2]?["predictions"] != nil && results[0]?[3] == nil)
    }
  }

  @Test func quotedPatternsAreExpanded() throws {
    try Self.withFolder { folder, model, names in
      for (pattern, expected) in [
        ("*.mp4", [0]), ("**/*.mp4", [0, 1]), ("sub/?.mp4", [1]), ("[ab].mp4", [0]), ("[!a]*/*.mp4", [1]),
        ("sub/deep/*", [2]), ("s*", [1, 2]),
      ] {
        let result = try accelerator("classify", "\(folder)/\(pattern)", "--model", model, "--format", "jsonl")
        #expect(paths(result) == expected.map { names[$0] }, "\(pattern): \(result.errors)")
      }
      let none = try accelerator("classify", "\(folder)/*.mov", "--model", model)
      #expect(none.status == 2 && none.errors.contains("no file matches"))
      // A file that is called so is that file.
      try FileManager.default.copyItem(atPath: names[0], toPath: "\(folder)/[a].mp4")
      let itself = try accelerator("classify", "\(folder)/[a].mp4", "--model", model, "--format", "jsonl")
      #expect(paths(itself) == ["\(folder)/[a].mp4"])
    }
  }

  @Test func oneDefaultOfViewsForFilesAndStandardInput() throws {
    try CommandLineTests.withModelAndVideo { folder, model, _ in
      // 400 frames at 25 a second are 24 clips of 4 × 5 frames at 30 a second.
      let frames = Data(repeating: 90, count: 20 * 10 * 3 * 400)
      let raw = ["classify", "-", "--raw", "20x10@25", "--model", model, "--format", "json"]
      for (extra, least, most) in [([], 5, VideoViews.mostClips), (["--views", "3"], 2, 3)] {
        let result = try accelerator(arguments: raw + extra, input: frames)
        guard case .integer(let count) = result.json?[0]?["views"]?["clips"] else {
          Issue.record("\(result.errors)")
          return
        }
        #expect((least...most).contains(Int(count)))
        #expect(result.json?[0]?["duration_s"] == .number(16))
      }
      let path = "\(folder)/long.mp4"
      try VideoWriter.write(to: path, width: 64, height: 48, encoding: VideoEncoding(framesPerSecond: 25)) { writer in
        for index in 0..<400 {
          try writer.append(
            Frame(
              width: 64, height: 48, pixels: [UInt8](repeating: UInt8(index % 250), count: 64 * 48 * 3),
              timestamp: Double(index) / 25))
        }
      }
      let file = try accelerator("classify", path, "--model", model)
      #expect(file.output.hasPrefix("\(path)  (10 clips of 0.7 s from 16.0 s, small"), "\(file.output)")
    }
  }

  @Test(arguments: [SIGINT, SIGTERM]) func anInterruptedListOfJSONIsAList(_ signal: Int32) throws {
    try CommandLineTests.withModelAndVideo { folder, model, video in
      let (process, output) = try startReadableAccelerator(
        ["classify"] + Array(repeating: video, count: 5000) + ["--model", model, "--format", "json"])
      var bytes = Data()
      // Some results, and then the signal.
      while !bytes.contains(UInt8(ascii: "}")) {
        let more = output.availableData
        if more.isEmpty { break }
        bytes += more
      }
      kill(process.processIdentifier, signal)
      bytes += output.readDataToEndOfFile()
      process.waitUntilExit()
      #expect(process.terminationReason == .exit && process.terminationStatus == 130)
      let list = try JSON(parsing: Array(bytes), path: "stdout")
      #expect(list[0]?["predictions"] != nil)
    }
  }

  @Test func aFolderWithADeployedModelAloneIsAModel() throws {
    try CommandLineTests.withModelAndVideo { folder, model, video in
      let run = "\(folder)/run8"
      try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
      #expect(try accelerator("deploy", "--model", model, "--output", "\(run)/model.accel").status == 0)
      for arguments in [
        ["classify", video, "--model", run], ["benchmark", "--model", run, "--iterations", "1"], ["inspect", run],
      ] {
        let result = try accelerator(arguments: arguments)
        #expect(result.status == 0, "\(arguments): \(result.errors)")
      }
    }
  }
}
