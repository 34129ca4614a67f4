import Foundation
import Formats
import IR
import ModelTestSupport
import TestSupport
import Tensors
import Testing
import VideoAccelerator

/// Commands that compute each frame once.
@Suite struct StreamCommandTests {
  @Test func aRunGivesARowForEachValidStep() throws {
    try CommandLineTests.withModelAndVideo { folder, model, _ in
      let field = try Model(model).continual().report.timing.receptiveField
      try NumPyFile.write(RandomWeights.clips([1, 3, field + 2, 32, 32], seed: 5), to: "\(folder)/x.npy")
      var outputs: [Tensor] = []
      for engine in ["plan", "interpreter"] {
        let result = try accelerator(
          "run", "--model", model, "--stream", "--input", "\(folder)/x.npy", "--output", "\(folder)/y.npy", "--engine",
          engine)
        #expect(result.status == 0 && result.errors.contains("\(field) frames"), "\(result.errors)")
        outputs.append(try NumPyFile.read("\(folder)/y.npy"))
      }
      #expect(outputs[0].shape == [3, 1, SmallModel.labels.count])
      #expect(relativeError(outputs[0], outputs[1]) < 1e-5)
      let long = try accelerator(
        "run", "--model", model, "--stream", "--head-window", "7", "--input", "\(folder)/x.npy", "--output",
        "\(folder)/z.npy")
      #expect(long.status == 2 && long.errors.contains("\(field + 3) frames"), "\(long.errors)")
      let alone = try accelerator(
        "run", "--model", model, "--head-window", "7", "--input", "\(folder)/x.npy", "--output", "\(folder)/z.npy")
      #expect(alone.status == 2 && alone.errors.contains("--stream"))
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/z.npy"))
    }
  }

  @Test func aFileOfStepsKnowsWhenTheyAreValid() throws {
    try CommandLineTests.withModelAndVideo { folder, model, _ in
      let field = try Model(model).continual().report.timing.receptiveField
      try NumPyFile.write(RandomWeights.clips([1, 3, field + 2, 32, 32], seed: 5), to: "\(folder)/x.npy")
      try Model(model).continual().model.write(to: "\(folder)/steps.accel")
      var outputs: [Tensor] = []
      for model in [model, "\(folder)/steps.accel"] {
        let result = try accelerator(
          "run", "--model", model, "--stream", "--input", "\(folder)/x.npy", "--output", "\(folder)/y.npy")
        #expect(result.status == 0, "\(result.errors)")
        outputs.append(try NumPyFile.read("\(folder)/y.npy"))
      }
      #expect(relativeError(outputs[0], outputs[1]) < 1e-5)
      let facts = try accelerator("inspect", "\(folder)/steps.accel", "--format", "json", "--summary")
      #expect(facts.json?["receptive_field"] == JSON(field))
    }
  }

  @Test func anExportHasStatesAsInputsAndOutputs() throws {
    try CommandLineTests.withModelAndVideo { folder, model, _ in
      let path = "\(folder)/steps.onnx"
      let result = try accelerator("export", "--model", model, "--stream", "--output", path)
      #expect(result.status == 0 && result.errors.contains("of states"), "\(result.errors)")
      let steps = try ONNXImport(contentsOf: path)
      let states = try Model(model).continual().model.graph.states.count
      #expect(states > 0 && steps.graph.inputs.count == 1 + states && steps.graph.outputs.count == 1 + states)
      let opened = try accelerator("inspect", path)
      #expect(opened.status == 2 && opened.errors.contains("open the .accel file"), "\(opened.errors)")
    }
  }

  @Test func aProfileShowsTheStepsOfOneFrame() throws {
    try CommandLineTests.withModelAndVideo { _, model, _ in
      let result = try accelerator("profile", "--model", model, "--stream", "--iterations", "2", "--format", "json")
      #expect(result.status == 0 && result.errors.contains("multiply-adds for a frame"), "\(result.errors)")
      #expect(result.json?["input_shape"] == [1, 3, 1, 32, 32], "\(result.output)")
    }
  }

  @Test func networksWithStridesInTimeAreRefused() throws {
    try withTemporaryFolder { folder in
      try NumPyFile.write(Tensor(zeros: [1, 3, 8, 224, 224]), to: "\(folder)/x.npy")
      let result = try accelerator(
        "run", "--model", "i3d_r50", "--random-weights", "1", "--stream", "--input", "\(folder)/x.npy", "--output",
        "\(folder)/y.npy")
      #expect(result.status == 2 && result.errors.contains("stride in time is 2"), "\(result.errors)")
    }
  }

  @Test func aBenchmarkComparesFramesWithClips() throws {
    try CommandLineTests.withModelAndVideo { _, model, _ in
      let arguments = ["benchmark", "--model", model, "--stream", "--iterations", "2"]
      let result = try accelerator(arguments: arguments + ["--format", "json"])
      #expect(result.status == 0, "\(result.errors)")
      for key in ["receptive_field", "delay", "warm_up_steps", "state_bytes", "step_multiply_adds"] {
        #expect(result.json?[key] != nil, "\(key)")
      }
      for key in ["step_latency_ms", "clip_latency_ms"] { #expect(result.json?[key]?["median"] != nil) }
      #expect(try accelerator(arguments: arguments).output.contains("for a frame"))
      #expect(try accelerator(arguments: arguments + ["--blocks"]).status == 2)
    }
  }
}
