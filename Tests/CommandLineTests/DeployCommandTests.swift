import Tensors
import CPU
import IR
import ModelTestSupport
import Foundation
import TestSupport
import Testing
import VideoAccelerator

/// `deploy`, `transmute` and `tune`: from a model to a file for a device.
@Suite struct DeployCommandTests {
  @Test func aDeployedFileGivesWhatItsModelGives() throws {
    try CommandLineTests.withModelAndVideo { folder, model, video in
      let file = "\(folder)/small.accel"
      let deploy = try accelerator("deploy", "--model", model, "--target", "mobile_cpu", "--output", file)
      #expect(deploy.status == 0, "\(deploy.errors)")
      let results = try [model, file].map {
        try accelerator("classify", video, "--model", $0, "--format", "json", "--threads", "2").json?[0]?["predictions"]
      }
      #expect(results[0] != nil && results[0] == results[1])
      let clip = RandomWeights.clips([1, 3, 4, 32, 32], seed: 5)
      try NumPyFile.write(clip, to: "\(folder)/x.npy")
      var outputs: [Tensor] = []
      for engine in ["plan", "interpreter"] {
        let result = try accelerator(
          "run", "--model", file, "--input", "\(folder)/x.npy", "--output", "\(folder)/y.npy", "--engine", engine)
        #expect(result.status == 0, "\(result.errors)")
        outputs.append(try NumPyFile.read("\(folder)/y.npy"))
      }
      #expect(relativeError(outputs[0], outputs[1]) < 1e-5)
      #expect(try accelerator("classify", video, "--model", file, "--classes", "7").status == 2)
    }
  }

  @Test func deployWritesAFileThatComputesTheSame() throws {
    try CommandLineTests.withModelAndVideo { folder, model, _ in
      let path = "\(folder)/small.accel"
      let result = try accelerator("deploy", "--model", model, "--target", "mobile_cpu", "--output", path)
      #expect(result.status == 0 && result.output.isEmpty, "\(result.errors)")
      let file = try Model(contentsOf: path)
      #expect(file.name == "small" && file.target == "mobile_cpu" && file.labels == SmallModel.labels)
      #expect(try file.recipes == Model(model).recipes)
      let clip = RandomWeights.clips([1, 3, 4, 32, 32], seed: 5)
      let original = try Model(model)
      let expected = try Interpreter(original.graph, weights: original.weights).run([clip])[0]
      let found = try Interpreter(file.graph, weights: file.weights).run([clip])[0]
      #expect(relativeError(found, expected) < 1e-5)
      #expect(try accelerator("inspect", path, "--format", "json").json?["kind"] == "deployable model")
    }
  }

  @Test func deployInFp16WritesHalfTheBytesThatRunInFp16() throws {
    try CommandLineTests.withModelAndVideo { folder, model, video in
      let (single, half) = ("\(folder)/single.accel", "\(folder)/half.accel")
      #expect(try accelerator("deploy", "--model", model, "--output", single).status == 0)
      #expect(try accelerator("deploy", "--model", model, "--precision", "fp16", "--output", half).status == 0)
      let bytes = try [single, half].map { path in
        try Model(contentsOf: path).weights.values.reduce(0) { $0 + $1.byteCount }
      }
      #expect(bytes[0] == 2 * bytes[1])
      #expect(try accelerator("inspect", half, "--format", "json").json?["precision"] == "fp16")
      // The file's own precision, unless another one is asked for.
      for (arguments, precision) in [([], "fp16"), (["--precision", "fp32"], "fp32")] {
        let result = try accelerator(
          arguments: ["benchmark", "--model", half, "--iterations", "1", "--format", "json"] + arguments)
        #expect(result.json?["precision"] == .string(precision), "\(result.errors)")
      }
      let labels = try [single, half].map { path in
        try accelerator("classify", video, "--model", path, "--top", "1", "--format", "json").output
      }
      #expect(labels[0].contains("\"label\"") && labels[1].contains("\"label\""))
    }
  }

  @Test func tuneKeepsItsWinnersInTheFile() throws {
    try CommandLineTests.withModelAndVideo { folder, model, _ in
      let (path, tuned) = ("\(folder)/small.accel", "\(folder)/tuned.accel")
      #expect(try accelerator("deploy", "--model", model, "--output", path).status == 0)
      let result = try accelerator(
        "tune", "--model", path, "--output", tuned, "--budget-s", "1", "--format", "json")
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.json?["processor"] == .string(Processor.name) && result.json?["threads"] == 1)
      let file = try Model(contentsOf: tuned)
      #expect(file.tuning.entries.map(\.setting.processor) == [Processor.name])
      #expect(try Model(contentsOf: path).tuning.entries.isEmpty)
      #expect(try accelerator("benchmark", "--model", tuned, "--iterations", "1").status == 0)
      // What cannot be kept is told before anything is measured.
      let nowhere = try accelerator("tune", "--model", path, "--output", "\(folder)/none/m.accel")
      #expect(nowhere.status == 2 && nowhere.errors.contains("none/m.accel cannot be written"))
      #expect(try accelerator("tune", "--model", "x3d_xs").errors.contains("deploy the model first"))
      // In place, again: still one entry for this setting.
      #expect(try accelerator("tune", "--model", tuned, "--budget-s", "1").status == 0)
      #expect(try Model(contentsOf: tuned).tuning.entries.count == 1)
      let contents = try SafetensorsFile(path: tuned)
      var metadata = contents.metadata
      metadata["tuning"] = "[{\"isa\":7}]"
      try SafetensorsFile.write(contents.tensors, metadata: metadata, to: tuned)
      let refused = try accelerator("benchmark", "--model", tuned)
      #expect(refused.status == 2 && refused.errors.contains("tuning: \"[0].isa\" must be a string"))
    }
  }

  @Test func transmuteReportsAndWritesTheSameFileAsDeploy() throws {
    try CommandLineTests.withModelAndVideo { folder, model, _ in
      let (a, b) = ("\(folder)/a.accel", "\(folder)/b.accel")
      let arguments = ["transmute", "--model", model, "--target", "x86_cpu", "--output", a]
      let report = try accelerator(arguments: arguments + ["--format", "json"])
      #expect(report.status == 0, "\(report.errors)")
      #expect(report.json?["efficient_share"] == 1.0)
      #expect(try accelerator(arguments: arguments).output.contains("\non efficient blocks\n"))
      #expect(try accelerator("deploy", "--model", model, "--target", "x86_cpu", "--output", b).status == 0)
      #expect(try contents(a) == contents(b))
    }
  }

  @Test func whatADeployedModelCannotDoIsRefusedInOneSentence() throws {
    try CommandLineTests.withModelAndVideo { folder, model, video in
      let path = "\(folder)/small.accel"
      #expect(try accelerator("deploy", "--model", model, "--output", path).status == 0)
      for arguments in [
        ["classify", video, "--features"], ["classify", video, "--random-weights", "1"], ["transmute"],
        ["deploy", "--output", "\(folder)/again.accel"],
      ] {
        let result = try accelerator(arguments: arguments + ["--model", path])
        #expect(result.status == 2 && result.output.isEmpty)
        #expect(result.errors.hasPrefix("accelerator: \(path) "), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
      }
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/again.accel"))
      let whole = try contents(path)
      try Data(whole.prefix(whole.count / 2)).write(to: URL(fileURLWithPath: path))
      for arguments in [["classify", video, "--model", path], ["inspect", path]] {
        let result = try accelerator(arguments: arguments)
        #expect(result.status == 2 && !result.errors.contains("is not a model"), "\(result.errors)")
      }
    }
  }

  @Test func anUnknownTargetIsRefused() throws {
    let result = try accelerator("transmute", "--model", "x3d_xs", "--target", "toaster", "--random-weights", "1")
    #expect(result.status == 2)
    #expect(result.errors.contains("there is no target device 'toaster': choose one of mobile_cpu, x86_cpu, host"))
  }
}
