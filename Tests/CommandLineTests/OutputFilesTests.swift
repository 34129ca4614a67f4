import Tensors
import IR
import Foundation
import TestSupport
import Testing
import VideoAccelerator

/// What commands write takes the place of nothing that they read, and numbers beyond any use are refused.
@Suite struct OutputFilesTests {
  @Test func resultsReplaceNoInputAndNoOtherResult() throws {
    try CommandLineTests.withModelAndVideo { folder, model, video in
      let file = "\(folder)/m.accel"
      #expect(try accelerator("deploy", "--model", model, "--output", file).status == 0)
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/link.html", withDestinationPath: video)
      let disguised = "\(folder)/video.accel"
      try FileManager.default.copyItem(atPath: video, toPath: disguised)
      try NumPyFile.write(RandomWeights.clips([1, 3, 4, 32, 32], seed: 5), to: "\(folder)/x.npy")
      let before = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      for (arguments, problem) in [
        (["classify", video, "--model", model, "--timeline", "--html", "\(folder)/link.html"], "would replace"),
        (["classify", video, "--model", model, "--timeline", "--html", video], "ends in .html"),
        (["profile", "--model", file, "--iterations", "2", "--html", file], "ends in .html"),
        (
          [
            "profile", "--model", file, "--iterations", "2", "--html", "\(folder)/a.html", "--trace",
            "\(folder)/a.html",
          ],
          "ends in .json"
        ),
        (
          [
            "deploy", "--model", model, "--precision", "int8", "--calibration", disguised, "--output",
            "\(folder)/../\((folder as NSString).lastPathComponent)/video.accel",
          ], "would replace"
        ),
        (["run", "--model", model, "--input", "\(folder)/x.npy", "--output", "\(folder)/x.npy"], "would replace"),
      ] {
        let result = try accelerator(arguments: arguments)
        #expect(result.status == 2 && result.errors.contains(problem), "\(arguments): \(result.errors)")
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == before)
      #expect(try Data(contentsOf: URL(fileURLWithPath: video)) == Data(contentsOf: URL(fileURLWithPath: disguised)))
    }
  }

  @Test func aTrainedModelGoesOutsideOfItsVideos() throws {
    try CommandLineTests.withModelAndVideo { folder, model, video in
      for name in ["a", "b"] {
        try FileManager.default.createDirectory(atPath: "\(folder)/v/\(name)", withIntermediateDirectories: true)
        for copy in 0..<2 {
          try FileManager.default.copyItem(atPath: video, toPath: "\(folder)/v/\(name)/\(copy).mp4")
        }
      }
      for output in ["\(folder)/v", "\(folder)/v/new", "\(folder)/v/a/../x/y"] {
        let result = try accelerator("finetune", "--model", model, "--data", "\(folder)/v", "--output", output)
        #expect(result.status == 2 && result.errors.contains("is in the folder of --data"), "\(result.errors)")
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/v").sorted() == ["a", "b"])
    }
  }

  @Test func aFileThatMayNotGrowIsAnError() throws {
    try CommandLineTests.withModelAndVideo { folder, model, _ in
      let result = try accelerator(
        arguments: ["deploy", "--model", model, "--output", "\(folder)/m.accel"], largestFile: 2)
      #expect(result.status == 1 && result.errors.contains("cannot be written"), "\(result.status) \(result.errors)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["clip.mp4", "small"])
    }
  }

  @Test(arguments: [
    ("finetune --data . --output x", "--batch-size"), ("finetune --data . --output x", "--crop-size"),
    ("finetune --data . --output x", "--loader-threads"), ("finetune --data . --output x", "--cache-mb"),
    ("finetune --data . --output x", "--classes"), ("finetune --data . --output x", "--epochs"),
    ("benchmark", "--classes"), ("deploy --precision int8 --calibration . --output x.accel", "--calibration-clips"),
    ("design --latency-ms 5 --output x", "--classes"), ("classify x.mp4", "--jobs"), ("classify x.mp4", "--threads"),
  ])
  func numbersBeyondAnyUseAreRefused(command: String, option: String) throws {
    for number in ["9223372036854775807", "1000000000000"] {
      let result = try accelerator(arguments: command.split(separator: " ").map(String.init) + [option, number])
      #expect(result.status == 2 && result.errors.contains("\(option) must be"), "\(result.status) \(result.errors)")
    }
  }
}
