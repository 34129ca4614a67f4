import Passes
import Tensors
import Autotune
import Zoo
import ModelTestSupport
import Foundation
import TestSupport
import Testing
import VideoAccelerator

@Suite struct DesignCommandTests {
  /// Runs `design` with a cache folder of its own.
  private func design(_ arguments: String..., in folder: String) throws -> CommandResult {
    try accelerator(
      arguments: ["design"] + arguments, environment: ["ACCELERATOR_HOME": "\(folder)/cache"])
  }

  @Test(.slow) func aDesignIsAFolderThatBuildsAndRuns() throws {
    try withTemporaryFolder { folder in
      // What the smallest network takes depends on the machine: an impossible budget tells.
      let refused = try design("--latency-ms", "0.001", "--classes", "5", "--output", "\(folder)/none", in: folder)
      #expect(refused.status == 2 && refused.output.isEmpty)
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/none"))
      let words = refused.errors.split(separator: " ")
      let smallest = try #require(words.dropLast().last.flatMap { Double($0) }, "\(refused.errors)")

      let output = "\(folder)/mine"
      let result = try design(
        "--latency-ms", "\(2.2 * smallest)", "--classes", "5", "--output", output, "--format", "json", in: folder)
      #expect(result.status == 0, "\(result.errors)")
      guard case .array(let path) = result.json?["path"], let last = path.last else {
        Issue.record("no path: \(result.output)")
        return
      }
      #expect(path[0]["axis"] == .null && path[0]["frames"] == 1)
      #expect(path.count > 1 && ExpansionAxis.allCases.contains { last["axis"] == .string($0.rawValue) })

      let zooFolder = try ZooFolder(path: output)
      #expect(zooFolder.architecture.classCount == 5 && !zooFolder.hasWeights)
      #expect(
        last["frames"] == JSON(zooFolder.recipe.frameCount) && last["rate"] == JSON(zooFolder.recipe.samplingRate))
      #expect(last["side"] == JSON(zooFolder.recipe.cropSize))
      let inspected = try accelerator("inspect", output, "--summary", "--format", "json")
      #expect(inspected.json?["parameters"] == last["parameters"])
      let benchmark = try accelerator(
        "benchmark", "--model", output, "--random-weights", "1", "--iterations", "2", "--format", "json")
      #expect(benchmark.status == 0, "\(benchmark.errors)")
      #expect(benchmark.json?["input_shape"] == inspected.json?["input_shape"])
      let text = try design(
        "--latency-ms", "\(2 * smallest)", "--classes", "5", "--output", output, in: folder)
      #expect(
        text.output.contains("Estimated from published accuracies") && text.output.contains("(smallest)"),
        "\(text.errors)")
    }
  }

  @Test func whatCannotBeDesignedIsRefusedAtOnce() throws {
    try withTemporaryFolder { folder in
      let output = "\(folder)/out"
      for budget in ["0", "-1", "nan", "inf", "1e9", "soon"] {
        let result = try design("--latency-ms=\(budget)", "--output", output, in: folder)
        #expect(result.status == 2 && result.output.isEmpty && !result.errors.isEmpty, "\(budget)")
      }
      let foreign = HostCPU().name == "x86_cpu" ? "mobile_cpu" : "x86_cpu"
      let elsewhere = try design("--latency-ms", "5", "--target", foreign, "--output", output, in: folder)
      #expect(elsewhere.status == 2 && elsewhere.errors.contains("design the network there"))
      for arguments in [
        ["--latency-ms", "5"], ["--output", output], ["--latency-ms", "5", "--output", output, "--classes", "0"],
        ["--latency-ms", "5", "--output", output, "--threads", "0"],
        ["--latency-ms", "5", "--output", output, "--target", "toaster"],
        ["--latency-ms", "5", "--output", "/dev/null/out"],
      ] {
        let result = try accelerator(
          arguments: ["design"] + arguments, environment: ["ACCELERATOR_HOME": "\(folder)/cache"])
        #expect(result.status == 2 && result.output.isEmpty && !result.errors.isEmpty, "\(arguments)")
      }
      #expect(!FileManager.default.fileExists(atPath: output))
    }
  }

  @Test func aModelWithWeightsIsNotOverwritten() throws {
    try CommandLineTests.withModelAndVideo { folder, model, _ in
      let result = try design("--latency-ms", "5", "--output", model, in: folder)
      #expect(result.status == 2 && result.errors.contains("holds a model with its weights"))
      #expect(try ZooFolder(path: model).architecture == SmallModel.architecture)
    }
  }
}

@Suite struct InspectBlocksTests {
  private func sum(_ key: String, _ result: CommandResult) -> Int {
    guard case .array(let blocks) = result.json?["blocks"] else { return -1 }
    return blocks.reduce(0) { sum, block in
      guard case .integer(let count) = block[key] else { return -1 }
      return sum + Int(count)
    }
  }

  @Test func inspectCountsParametersAndMultiplyAddsPerBlock() throws {
    let result = try accelerator(
      "inspect", "x3d_xs", "--summary", "--input-shape", "1x3x4x160x160", "--format", "json")
    #expect(result.json?["graph"] == nil)
    #expect(result.json?["blocks"]?[0]?["block"] == "blocks.0")
    #expect(result.json?["blocks"]?[1]?["output_shape"] == [1, 24, 4, 40, 40])
    #expect(result.json?["parameters"] == JSON(sum("parameters", result)))
    // The published 0.6 GFLOPs of X3D-XS.
    #expect(sum("multiply_adds", result) / 1_000_000 == 605)
    let text = try accelerator("inspect", "x3d_xs", "--summary").output
    #expect(text.contains("blocks.4.res_blocks.6") && text.contains("3 794 274"))
  }

  @Test func aDeployedModelIsCountedForItsOwnClipsOrForOthers() throws {
    try CommandLineTests.withModelAndVideo { folder, model, video in
      let path = "\(folder)/small.accel"
      #expect(try accelerator("deploy", "--model", model, "--output", path).status == 0)
      let own = try accelerator("inspect", path, "--summary", "--format", "json")
      let original = try accelerator("inspect", model, "--summary", "--format", "json")
      #expect(sum("multiply_adds", own) > 0 && sum("multiply_adds", own) <= sum("multiply_adds", original))
      let larger = try accelerator("inspect", path, "--input-shape", "1x3x8x64x64", "--format", "json")
      #expect(sum("multiply_adds", larger) > 4 * sum("multiply_adds", own))
      for (file, shape) in [(path, "1x4x4x32x32"), (path, "1x3"), (path, "big"), (video, "1x3x4x32x32")] {
        #expect(try accelerator("inspect", file, "--input-shape", shape).status == 2, "\(file) \(shape)")
      }
    }
  }

  @Test func withoutAShapeParametersAreCountedAlone() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/bare.accel"
      let graph = try SmallModel.architecture.graph()
      let deployed = try Transmuter(target: .host).deploy(
        Model(name: "test", graph: graph, weights: SmallModel.weights()))
      try deployed.model.write(to: path)
      let result = try accelerator("inspect", path, "--summary", "--format", "json")
      #expect(result.json?["blocks"]?[0]?["multiply_adds"] == .null)
      #expect(sum("parameters", result) > 0)
      #expect(try accelerator("inspect", path, "--summary").output.contains("?"))
    }
  }
}
