import Foundation
import ModelTestSupport
import Preprocessing
import Tensors
import TestSupport
import Testing
import Video
import VideoAccelerator

/// `accelerator watch` on files, pipes, and sources that fail.
@Suite struct WatchCommandTests {
  /// Calls `body` with a folder, a model whose windows are short, and a video of some seconds.
  private func withModelAndVideo(
    container: String = "mp4", seconds: Int = 5,
    _ body: (_ folder: String, _ model: String, _ video: String) throws -> Void
  ) throws {
    try CommandLineTests.withModelAndVideo { folder, model, _ in
      try body(folder, model, Self.video("\(folder)/long.\(container)", seconds: seconds))
    }
  }

  /// Writes a video whose pictures change slowly; returns its path.
  private static func video(_ path: String, seconds: Int = 5, width: Int = 64) throws -> String {
    try VideoWriter.write(
      to: path, width: width, height: 48, encoding: VideoEncoding(framesPerSecond: 25, keyFrameInterval: 25)
    ) { writer in
      for index in 0..<25 * seconds {
        let pixels = (0..<width * 48 * 3).map { UInt8(truncatingIfNeeded: $0 / 3 % width * (index / 25) + index * 2) }
        try writer.append(Frame(width: width, height: 48, pixels: pixels, timestamp: Double(index) / 25))
      }
    }
    return path
  }

  private func lines(_ result: CommandResult) throws -> [JSON] {
    try result.output.split(separator: "\n").map { try JSON(parsing: Array($0.utf8), path: "stdout") }
  }

  @Test(arguments: [["--stream"], ["--stride", "1"]]) func aFileGivesWhatAClassifierGives(method: [String]) throws {
    // The continual form's first result comes after some seconds.
    try withModelAndVideo(seconds: 12) { _, model, video in
      let arguments = ["watch", video, "--model", model, "--every", "0.01", "--format", "jsonl", "--smoothing", "0"]
      let result = try accelerator(arguments: arguments + method)
      #expect(result.status == 0, "\(result.errors)")
      let isContinual = method == ["--stream"]
      let options = StreamOptions(
        method: isContinual ? .continual : .windows, stride: isContinual ? nil : 1, window: 0, shortest: 1)
      let classifier = try FrameClassifier(Model(model), options: options)
      let reader = try VideoReader(path: video)
      var expected: [StreamPrediction] = []
      while let frame = try reader.nextFrame() { if let next = try classifier.push(frame) { expected.append(next) } }
      let found = try lines(result)
      #expect(found.count == expected.count && found.count > 5)
      for (line, prediction) in zip(found, expected) {
        #expect(line["label"] == .string(prediction.label) && line["source"] == .string(video))
        #expect(line["score"] == .number(Double(prediction.score)) && line["changed"] == .bool(prediction.hasChanged))
      }
      #expect(result.errors.contains("300 frames") && result.errors.contains("0 dropped"), "\(result.errors)")
      let text = try accelerator(arguments: ["watch", video, "--model", model, "--top", "2"] + method)
      #expect(text.output.contains(" s  ") && text.output.contains(" %, "), "\(text.output)")
      let array = try accelerator(arguments: ["watch", video, "--model", model, "--format", "json"] + method)
      #expect(array.json?[0]?["label"] != nil && array.json?[0]?["time"] == nil)
    }
  }

  @Test func limitsAndFiltersEndAndChoose() throws {
    try withModelAndVideo { _, model, video in
      let watch = ["watch", video, "--model", model, "--every", "0.2", "--format", "jsonl"]
      #expect(try accelerator(arguments: watch + ["--frames", "40"]).errors.contains("40 frames"))
      let short = try accelerator(arguments: watch + ["--duration", "2"])
      #expect(short.errors.contains("\n51 frames"), "\(short.errors)")
      #expect(try lines(accelerator(arguments: watch + ["--min-score", "1"])).isEmpty)
      for (wrong, text) in [
        (["--only", "bat"], "did you mean 'cat'?"), (["--every", "0"], "--every"), (["--raw", "4x3@10"], "--raw"),
        (["--attempts", "2", "--no-reconnect"], "--attempts"), (["--stride", "0"], "--stride"),
        (["--stride", "2", "--stream"], "--stream"), (["--head-window", "2"], "--stream"),
        (["--save-clips", ""], "folder"),
        (["--stall-timeout", "0"], "--stall"),
      ] {
        let result = try accelerator(arguments: watch + wrong)
        #expect(result.status == 2 && result.errors.contains(text), "\(result.errors)")
      }
    }
  }

  /// Pieces of different size in one pipe, as after a camera's restart.
  @Test func whatHappensToASourceIsTold() throws {
    try withModelAndVideo(container: "ts") { folder, model, first in
      let second = try Self.video("\(folder)/b.ts", width: 80), third = try Self.video("\(folder)/c.ts", width: 79)
      // The pause begins when the first piece is being read.
      let line = """
        (cat \(first); until grep -q prediction log; do sleep 0.05; done; sleep 1.5; cat \(second) \(third)) \\
          | "$0" watch - --model \(model) --stall-timeout 5 2> log; status=$?; cat log >&2; exit $status
        """
      let result = try shell("touch log; " + line, in: folder)
      #expect(result.status == 0, "\(result.errors)")
      for text in [
        "standard input: 64x48, h264, yuv420p", "no frame for 1.", "frames come again",
        "frames are 80x48 now, not 64x48",
        "the pixel format is yuv444p now, not yuv420p", "its time jumped by -", "2 jumps in time", "2 resets",
      ] { #expect(result.errors.contains(text), "\(text): \(result.errors)") }
      let silent = try shell("sleep 2 | \"$0\" watch - --model \(model) --stall-timeout 0.3", in: folder)
      #expect(silent.status == 1 && silent.errors.contains("no frame came for 0.3 s"), "\(silent.errors)")
    }
  }

  @Test func rawFramesComeFromStandardInput() throws {
    try withModelAndVideo { _, model, _ in
      let frame = Data((0..<64 * 48 * 3).map { UInt8(truncatingIfNeeded: $0) })
      let input = (0..<50).reduce(Data()) { data, _ in data + frame }
      let result = try accelerator(
        "watch", "-", "--raw", "64x48@25", "--model", model, "--format", "jsonl", input: input)
      #expect(result.status == 0 && result.errors.contains("50 frames"), "\(result.errors)")
      #expect(try lines(result).count == 1)
    }
  }

  @Test func clipsOfEventsAreWritten() throws {
    try withModelAndVideo { folder, model, video in
      let watch = [
        "watch", video, "--model", model, "--stride", "1", "--save-clips", "\(folder)/events",
        "--clip-before", "0.4",
        "--clip-after", "0.6",
      ]
      let result = try accelerator(arguments: watch)
      #expect(result.status == 0, "\(result.errors)")
      let files = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/events")
      let first = try #require(files.sorted().first)
      #expect(first.hasPrefix("00-00-00.") && result.errors.contains("written: \(folder)/events/\(first)"))
      let clip = try VideoReader(path: "\(folder)/events/\(first)")
      #expect(clip.info.width == 64 && clip.timeline.count >= 15 && abs(clip.timeline.duration - 1) < 0.5)
      // As if the disk were full.
      let full = try accelerator(arguments: watch, largestFile: 1)
      #expect(full.status == 3 && full.errors.contains("warning: ") && full.output == result.output, "\(full.errors)")
    }
  }

  @Test func sourcesThatFailAreErrorsWithoutPasswords() throws {
    try withModelAndVideo { folder, model, _ in
      for (source, status, text) in [
        ("tcp://me:secret@127.0.0.1:1/x?key=secret", 1, "tcp://127.0.0.1:1/x cannot be opened: Connection refused"),
        ("\(folder)/none.mp4", 2, "none.mp4 cannot be opened"), ("\(model)/config.json", 2, "is not a readable video"),
        ("/dev/video-none", 2, "/dev/video-none cannot be opened"),
        ("file://\(folder)/a", 2, "file is not a streaming protocol"),
      ] {
        let result = try accelerator("watch", source, "--model", model)
        #expect(result.status == status && result.errors.contains(text), "\(result.status) \(result.errors)")
        #expect(!result.errors.contains("secret"))
      }
    }
  }

  @Test(arguments: [SIGINT, SIGTERM]) func anInterruptionEndsWithASummary(_ signal: Int32) throws {
    try withModelAndVideo(container: "ts") { folder, model, video in
      let name = signal == SIGINT ? "INT" : "TERM"
      // The pipe stays open: only the signal ends the command.
      let line = """
        mkfifo p; (cat \(video); sleep 20) > p & writer=$!
        "$0" watch - --model \(model) --format json < p > out & watcher=$!
        for n in $(seq 200); do [ -s out ] && break; sleep 0.05; done
        kill -\(name) $watcher; wait $watcher; status=$?; kill $writer; cat out; exit $status
        """
      let result = try shell(line, in: folder)
      #expect(result.status == 130 && result.errors.contains(" predictions"), "\(result.status) \(result.errors)")
      #expect(result.json?[0]?["label"] != nil)
    }
  }
}
