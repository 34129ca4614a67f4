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

  @Test func aDeployedFileGivesWhatItsModelGives() throws {
    try Self.withModelAndVideo { folder, model, video in
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

  @Test func benchmarkPrintsTheFieldsThatScriptsRead() throws {
    try Self.withModelAndVideo { _, model, _ in
      let result = try accelerator("benchmark", "--model", model, "--iterations", "3", "--format", "json")
      #expect(result.status == 0, "\(result.errors)")
      for key in [
        "model", "precision", "threads", "isa", "input_shape", "iterations", "gmacs", "gflops_per_second",
        "peak_fraction", "arena_bytes", "load_ms",
      ] { #expect(result.json?[key] != nil, "\(key)") }
      for key in ["min", "median", "p90"] { #expect(result.json?["latency_ms"]?[key] != nil) }
      #expect(try accelerator("benchmark", "--model", model, "--input-shape", "1x3x4").status == 2)
      #expect(
        try accelerator("benchmark", "--model", model, environment: ["ACCELERATOR_ISA": "sparc"]).status == 2)
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

  @Test func deployWritesAFileThatComputesTheSame() throws {
    try Self.withModelAndVideo { folder, model, _ in
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
    try Self.withModelAndVideo { folder, model, video in
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

  @Test func benchmarkOfPrecisionsComparesTheFormatsWithEachInstructionSet() throws {
    try Self.withModelAndVideo { folder, model, _ in
      let arguments = ["benchmark", "--precisions", "--model", model, "--iterations", "2"]
      let result = try accelerator(arguments: arguments + ["--format", "json"])
      #expect(result.status == 0, "\(result.errors)")
      guard case .array(let formats)? = result.json?["formats"] else {
        Issue.record("\(result.output)")
        return
      }
      #expect(formats.count % 3 == 0 && formats.count >= 3)
      for (index, row) in formats.enumerated() {
        #expect(row["precision"] == .string(Precision.allCases[index % 3].rawValue))
        #expect(index % 3 > 0 || row["ratio_to_fp32"] == .number(1) || row["ratio_to_fp32"] == 1)
      }
      #expect(try accelerator(arguments: arguments).output.contains("of fp32's"))
      for wrong in [["--precision", "fp16"], ["--blocks"]] {
        #expect(try accelerator(arguments: arguments + wrong).status == 2)
      }
    }
  }

  @Test func benchmarkOfBlocksComparesBothFormsInEachFormat() throws {
    try Self.withModelAndVideo { folder, model, _ in
      let arguments = ["benchmark", "--blocks", "--model", model]
      let result = try accelerator(arguments: arguments + ["--format", "json"])
      #expect(result.status == 0, "\(result.errors)")
      let paths = try SmallModel.architecture.graph().blocks().map(\.path)
      let list = try #require(result.json?["blocks"])
      guard case .array(let blocks) = list else {
        Issue.record("\(list.text())")
        return
      }
      var count = 0
      for block in blocks {
        #expect(paths.map { .string($0) }.contains(block["block"]))
        if case .integer(let number) = block["count"] { count += Int(number) }
        for precision in Precision.floatingPoint {
          for form in ["original", "deployable"] {
            guard case .number(let time) = block["latency_ms"]?[precision.rawValue]?[form] else {
              Issue.record("no time in \(block.text())")
              continue
            }
            #expect(time > 0)
          }
        }
      }
      #expect(count == paths.count)
      #expect(try accelerator(arguments: arguments).output.contains("fp16 original"))
      #expect(try accelerator(arguments: arguments + ["--precision", "fp16"]).status == 2)
      let file = "\(folder)/m.accel"
      #expect(try accelerator("deploy", "--model", model, "--output", file).status == 0)
      #expect(try accelerator("benchmark", "--blocks", "--model", file).errors.contains("in deployable form already"))
    }
  }

  @Test func tuneKeepsItsWinnersInTheFile() throws {
    try Self.withModelAndVideo { folder, model, _ in
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
    try Self.withModelAndVideo { folder, model, _ in
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
    try Self.withModelAndVideo { folder, model, video in
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
      #expect(doctor.json?["ffmpeg"] != nil)
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
