import Foundation
import ModelTestSupport
import Passes
import Tensors
import TestSupport
import Testing
import Video
import VideoAccelerator

/// `accelerator shots` on real files, in every form of output.
@Suite struct ShotsCommandTests {
  private func withModelAndVideo(_ body: (_ folder: String, _ model: String, _ video: String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let model = "\(folder)/cuts.accel"
      try Model(name: "cuts", graph: CutDetector.architecture.graph(), weights: CutDetector.weights(), recipe: nil)
        .deployed(for: .host).model.write(to: model)
      let video = "\(folder)/film.mp4"
      try VideoWriter.write(to: video, width: 128, height: 72, encoding: VideoEncoding(framesPerSecond: 25)) { writer in
        for index in 0..<120 {
          let isFirst = index < 45
          let pixels = (0..<128 * 72 * 3).map { UInt8($0 % 3 == 0 ? (isFirst ? 220 : 30) : (isFirst ? 30 : 220)) }
          try writer.append(Frame(width: 128, height: 72, pixels: pixels, timestamp: Double(index) / 25))
        }
      }
      try body(folder, model, video)
    }
  }

  @Test func shotsArePrintedAsJSONOrText() throws {
    try withModelAndVideo { _, model, video in
      let result = try accelerator("shots", video, video, "--model", model, "--format", "json")
      #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
      let first = try #require(result.json?[0])
      #expect(first["path"] == .string(video) && first["fps"] == .number(25) && first["frames"] == 120)
      let shots = try #require(first["shots"])
      #expect(shots[0]?["start_frame"] == 0 && shots[0]?["end_frame"] == 44 && shots[0]?["end_s"] == 1.8)
      #expect(shots[1]?["start_frame"] == 45 && shots[1]?["end_frame"] == 119 && shots[1]?["start_s"] == 1.8)
      #expect(shots[1]?["end_s"] == 4.8 && shots[2] == nil && shots[0]?["score"] != nil)
      #expect(result.json?[1] != nil && result.json?[2] == nil)
      let lines = try accelerator("shots", video, video, "--model", model, "--format", "jsonl", "--threads", "2").output
      #expect(lines.split(separator: "\n").count == 2)
      let text = try accelerator("shots", video, "--model", model, "--precision", "fp16")
      #expect(text.output.contains("1.80 – 4.80 s  frames  45 – 119"), "\(text.output)\(text.errors)")
    }
  }

  @Test func editListsAndPagesAreForOneVideo() throws {
    try withModelAndVideo { _, model, video in
      let list = try accelerator("shots", video, "--model", model, "--format", "edl")
      #expect(list.output.contains("002  AX       V     C        00:00:01:20 00:00:04:20 00:00:01:20 00:00:04:20"))
      let page = try accelerator("shots", video, "--model", model, "--format", "html")
      #expect(page.output.hasPrefix("<!DOCTYPE html>") && page.output.contains("accelerator shots /"))
      for format in ["edl", "html"] {
        #expect(try accelerator("shots", video, video, "--model", model, "--format", format).status == 2)
      }
    }
  }

  @Test func shotsAreWrittenAsFiles() throws {
    try withModelAndVideo { folder, model, video in
      let result = try accelerator("shots", video, "--model", model, "--split", "\(folder)/shots")
      #expect(result.status == 0, "\(result.errors)")
      for (number, count) in [(1, 45), (2, 75)] {
        #expect(try VideoReader(path: "\(folder)/shots/film-00\(number).mp4").timeline.count == count)
      }
      // Two videos with one name, and a shot that would replace the video.
      try FileManager.default.createDirectory(atPath: "\(folder)/other", withIntermediateDirectories: true)
      try FileManager.default.copyItem(atPath: video, toPath: "\(folder)/other/film.mp4")
      let same = try accelerator(
        "shots", video, "\(folder)/other/film.mp4", "--model", model, "--split", "\(folder)/shots")
      #expect(same.status == 2 && same.errors.contains("same names"), "\(same.errors)")
      try FileManager.default.copyItem(atPath: video, toPath: "\(folder)/film-001.mp4")
      let own = try accelerator("shots", video, "\(folder)/film-001.mp4", "--model", model, "--split", folder)
      #expect(own.status == 2 && own.errors.contains("would replace"), "\(own.errors)")
    }
  }

  @Test func badVideosAreSkippedOrEndTheCommand() throws {
    try withModelAndVideo { folder, model, video in
      let bad = "\(folder)/bad.mp4"
      try "not a video".write(toFile: bad, atomically: true, encoding: .utf8)
      let skipped = try accelerator("shots", bad, video, "--model", model, "--skip-bad", "--format", "json")
      #expect(skipped.status == 3 && skipped.errors.contains("1 of 2 videos skipped"))
      #expect(skipped.json?[0]?["error"] != nil && skipped.json?[1]?["shots"] != nil)
      let stopped = try accelerator("shots", video, bad, "--model", model, "--format", "json")
      #expect(stopped.status == 2 && stopped.json?[0]?["shots"] != nil && stopped.json?[1]?["error"] != nil)
      #expect(try accelerator("shots", bad, "--model", model, "--skip-bad").status == 2)
      #expect(try accelerator("shots", "\(folder)/none.mp4", "--model", model).status == 2)
    }
  }

  @Test func wrongOptionsAndModelsAreUsageErrors() throws {
    try withModelAndVideo { folder, model, video in
      for wrong in [["--threshold", "0"], ["--threshold", "1.5"], ["--precision", "int8"], ["--threads", "0"]] {
        let result = try accelerator(arguments: ["shots", video, "--model", model] + wrong)
        #expect(result.status == 2, "\(wrong): \(result.errors)")
      }
      let other = try accelerator("shots", video, "--model", "x3d_xs", "--random-weights", "1")
      #expect(other.status == 2 && other.errors.contains("does not find shots"), "\(other.errors)")
      let empty = ["ACCELERATOR_HOME": folder]
      let missing = try accelerator("shots", video, environment: empty)
      #expect(missing.status == 2 && missing.errors.contains("scripts/fetch-transnetv2"), "\(missing.errors)")
    }
  }

  @Test func theZooSaysWhereTheWeightsComeFrom() throws {
    try withTemporaryFolder { folder in
      let home = ["ACCELERATOR_HOME": folder]
      #expect(try accelerator("zoo", "list", environment: home).output.contains("transnetv2"))
      let shown = try accelerator("zoo", "show", "transnetv2", "--format", "json", environment: home).json
      #expect(shown?["script"] == "scripts/fetch-transnetv2" && shown?["licence"] == "MIT" && shown?["pulled"] == false)
      let pulled = try accelerator("zoo", "pull", "transnetv2", environment: home)
      #expect(pulled.status == 2 && pulled.errors.contains("scripts/fetch-transnetv2"))
    }
  }
}
