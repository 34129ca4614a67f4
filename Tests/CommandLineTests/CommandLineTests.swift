import Tensors
import CPU
import Video
import Zoo
import IR
import ModelTestSupport
import Foundation
import TestSupport
import Testing
import VideoAccelerator

@Suite struct CommandLineTests {
  /// A zoo folder of a small model and a short video.
  static func withModelAndVideo(_ body: (_ folder: String, _ model: String, _ video: String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let model = "\(folder)/small"
      try ZooFolder.write(
        architecture: SmallModel.architecture,
        recipe: ClipRecipe(frameCount: 4, samplingRate: 5, shortSide: 36, cropSize: 32), labels: SmallModel.labels,
        weights: SmallModel.weights(), to: model)
      let video = "\(folder)/clip.mp4"
      try VideoWriter.write(to: video, width: 64, height: 48, encoding: VideoEncoding(framesPerSecond: 25)) { writer in
        for index in 0..<30 {
          let pixels = (0..<64 * 48 * 3).map { UInt8(truncatingIfNeeded: $0 / 3 % 64 * 3 + index * 7) }
          try writer.append(Frame(width: 64, height: 48, pixels: pixels, timestamp: Double(index) / 25))
        }
      }
      try body(folder, model, video)
    }
  }

  @Test func runWritesWhatTheInterpreterGives() throws {
    try Self.withModelAndVideo { folder, model, _ in
      let clip = RandomWeights.clips([2, 3, 4, 32, 32], seed: 5)
      try NumPyFile.write(clip, to: "\(folder)/x.npy")
      let result = try accelerator("run", "--model", model, "--input", "\(folder)/x.npy", "--output", "\(folder)/y.npy")
      #expect(result.status == 0, "\(result.errors)")
      let zoo = try Model(model)
      let expected = try Interpreter(zoo.graph, weights: zoo.weights).run([clip])[0]
      #expect(relativeError(try NumPyFile.read("\(folder)/y.npy"), expected) < 1e-5)
      try NumPyFile.write(Tensor(zeros: [1, 3, 3, 32, 32]), to: "\(folder)/x.npy")
      let small = try accelerator("run", "--model", model, "--input", "\(folder)/x.npy", "--output", "\(folder)/z.npy")
      #expect(small.status == 2 && small.errors.contains("pool"))
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/z.npy"))
    }
  }

  /// A model of two inputs and two outputs that are not all float32: a file for each.
  @Test func runTakesAndGivesAFileForEachInputAndOutput() throws {
    try withTemporaryFolder { folder in
      let tokens = GraphInput(name: "tokens", type: ValueType(["N", 3], elementType: .int64))
      let mask = GraphInput(name: "mask", type: ValueType(["N", 3], elementType: .bool))
      let graph = Graph.build(inputs: [tokens, mask]) { [$0[0].permuted(1, 0), $0[1].permuted(1, 0)] }
      let file = "\(folder)/m.accel"
      try Model(name: "moves", graph: graph, weights: [:], form: .deployable(target: "x86_cpu", precision: .fp32))
        .write(to: file)
      try NumPyFile.write(Tensor([1, 2, 1 << 60] as [Int64], shape: [1, 3]), to: "\(folder)/t.npy")
      try NumPyFile.write(Tensor([true, false, true], shape: [1, 3]), to: "\(folder)/m.npy")
      let inputs = ["run", "--model", file, "--input", "\(folder)/t.npy", "--input", "\(folder)/m.npy"]
      for engine in ["plan", "interpreter"] {
        let outputs = ["--output", "\(folder)/a.npy", "--output", "\(folder)/b.npy", "--engine", engine]
        let result = try accelerator(arguments: inputs + outputs)
        #expect(result.status == 0, "\(result.errors)")
        #expect(try NumPyFile.read("\(folder)/a.npy") == Tensor([1, 2, 1 << 60] as [Int64], shape: [3, 1]))
        #expect(try NumPyFile.read("\(folder)/b.npy") == Tensor([true, false, true], shape: [3, 1]))
      }
      let one = try accelerator(arguments: inputs + ["--output", "\(folder)/c.npy"])
      #expect(one.status == 2 && one.errors.contains("the model has 2 outputs: give --output for each, not 1"))
      let swapped = try accelerator(
        arguments: inputs.map { $0.hasSuffix("m.npy") ? "\(folder)/t.npy" : $0 } + [
          "--output", "\(folder)/c.npy", "--output", "\(folder)/d.npy",
        ])
      #expect(swapped.status == 2 && swapped.errors.contains("contains int64, but the input 'mask' is bool"))
    }
  }

  @Test func inspectTellsFilesApartByTheirContents() throws {
    try Self.withModelAndVideo { folder, model, video in
      let weights = "\(model)/model.safetensors"
      for (file, kind) in [("x3d_s", "model"), (model, "model"), (video, "video"), (weights, "checkpoint")] {
        let result = try accelerator("inspect", file, "--format", "json")
        #expect(result.json?["kind"] == .string(kind), "\(result.errors)")
        #expect(try accelerator("inspect", file).output.contains(kind))
      }
      #expect(try accelerator("inspect", model).output.contains("convolution(clip, blocks.0.conv.conv_t.weight)"))
      let checkpoint = "\(Fixture.folder)/checkpoints/model_state.pyth"
      #expect(try accelerator("inspect", checkpoint).output.contains("model_state"))
    }
  }

  #if arch(x86_64)
    private static let foreignISA = "neon"
  #else
    private static let foreignISA = "avx2"
  #endif

  @Test(arguments: [foreignISA, "nonsense"])
  func instructionsThatTheProcessorLacksAreRefused(_ name: String) throws {
    try Self.withModelAndVideo { _, model, video in
      let result = try accelerator(
        "classify", video, "--model", model, environment: ["ACCELERATOR_ISA": name])
      #expect(result.status == 2 && result.output.isEmpty)
      #expect(result.errors.contains("this processor does not run '\(name)' instructions: choose one of scalar"))
      #expect(
        try accelerator("classify", video, "--model", model, environment: ["ACCELERATOR_ISA": "scalar"]).status == 0)
    }
  }

  /// Bad input ends with exit code 2, one sentence that names the file and the reason, and nothing written.
  @Test(arguments: [
    "truncated.pyth", "refused_os_system.pt", "refused_torchscript.pt", "refused_tar.pt", "refused_compressed.pt",
    "text.mp4", "empty.mp4", "directory", "missing.mp4",
  ])
  func badInputIsRefusedInOneSentence(_ name: String) throws {
    try Self.withModelAndVideo { folder, model, video in
      let path = "\(folder)/\(name)"
      let fixture = "\(Fixture.folder)/checkpoints/\(name)"
      switch name {
      case "truncated.pyth":
        let whole = try Data(contentsOf: URL(fileURLWithPath: "\(Fixture.folder)/checkpoints/model_state.pyth"))
        try whole.prefix(whole.count * 2 / 3).write(to: URL(fileURLWithPath: path))
      case "text.mp4": try "hello".write(toFile: path, atomically: true, encoding: .utf8)
      case "empty.mp4": try Data().write(to: URL(fileURLWithPath: path))
      case "directory": try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
      case "missing.mp4": break
      default: try FileManager.default.copyItem(atPath: fixture, toPath: path)
      }
      let before = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      let results = [
        name.hasSuffix("pyth") || name.hasSuffix("pt")
          ? try accelerator("classify", video, "--model", model, "--checkpoint", path)
          : try accelerator("classify", path, "--model", model),
        name == "directory" ? nil : try accelerator("inspect", path),
      ].compactMap { $0 }
      for result in results {
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        #expect(result.errors.contains(name), "\(result.errors)")
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == before)
    }
  }

  @Test(arguments: [
    ["classify"], ["classify", "x.mp4", "--crops", "2"], ["classify", "x.mp4", "--top", "0"], ["classify", "-"],
    ["classify", "x.mp4", "--raw", "2x2@1"], ["classify", "-", "--raw", "2x2@1", "--features"],
    ["benchmark", "--random-weights", "1", "--input-shape", "1x3x4"], ["run"], ["nonsense"],
    ["classify", "x.mp4", "--model", "nonsense"],
    ["zoo", "show", "nonsense"], ["classify", "x.mp4", "--model", "x3d_xs"],
  ])
  func wrongUsageEndsWithTwo(_ arguments: [String]) throws {
    try withTemporaryFolder { folder in
      let process = try accelerator(arguments: arguments, environment: ["ACCELERATOR_HOME": folder])
      #expect(process.status == 2, "\(process.errors)")
      #expect(!process.errors.isEmpty && process.output.isEmpty)
    }
  }

  @Test(arguments: [["--help"], ["classify", "--help"], ["--version"], ["--generate-completion-script", "bash"]])
  func helpIsAResult(_ arguments: [String]) throws {
    let result = try accelerator(arguments: arguments)
    #expect(result.status == 0 && result.errors.isEmpty && !result.output.isEmpty)
  }

  @Test func doctorAndZooListSayWhatIsThere() throws {
    try withTemporaryFolder { folder in
      let doctor = try accelerator("doctor", "--format", "json", environment: ["ACCELERATOR_HOME": folder])
      #expect(doctor.json?["cache"] == .string(folder))
      #expect(doctor.json?["ffmpeg"] != nil && doctor.json?["streams"]?[0] == "http" && doctor.json?["cameras"] != nil)
      #expect(doctor.json?["isa"] == .string(try ISA.preferred().rawValue))
      let forced = try accelerator("doctor", environment: ["ACCELERATOR_HOME": folder, "ACCELERATOR_ISA": "none"])
      #expect(forced.status == 2 && forced.errors.contains("'none'"))
      let list = try accelerator("zoo", "list", "--format", "json", environment: ["ACCELERATOR_HOME": folder])
      #expect(list.json?[0]?["name"] == "camera_motion" && list.json?[0]?["pulled"] == true)
      let first = BundledModel.all.count
      #expect(list.json?[first]?["name"] == "x3d_xs" && list.json?[first]?["pulled"] == false)
      #expect(try accelerator("zoo", "show", "camera_motion").output.contains("pan left"))
      #expect(try accelerator("zoo", "pull", "camera_motion").status == 2)
      #expect(try accelerator("zoo", "show", "x3d_s").output.contains("X3D_S.pyth"))
    }
  }
}
