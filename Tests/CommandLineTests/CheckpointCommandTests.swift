import Tensors
import ModelTestSupport
import Architectures
import TestSupport
import Testing
import VideoAccelerator

/// `--checkpoint`, `--checkpoint-key`, `--verbose` and `inspect` on files of weights.
@Suite struct CheckpointCommandTests {
  /// Writes the small model's weights under prefixes, the second ones doubled, and other tensors beside them.
  private static func withCheckpoint(
    _ prefixes: [String], others: [String] = [],
    _ body: (_ path: String, _ model: String, _ video: String) throws -> Void
  ) throws {
    try CommandLineTests.withModelAndVideo { folder, model, video in
      let weights = try SmallModel.weights()
      var tensors = NamedTensors()
      for (index, prefix) in prefixes.enumerated() {
        for (name, tensor) in weights.sorted(by: { $0.key < $1.key }) {
          let values = tensor.elements(as: Float.self).map { index == 0 ? $0 : 2 * $0 }
          tensors[prefix + name] = Tensor(values, shape: tensor.shape)
        }
      }
      for name in others { tensors[name] = Tensor(zeros: [1]) }
      let path = "\(folder)/weights.pth"
      try SafetensorsFile.write(tensors, to: path)
      try body(path, model, video)
    }
  }

  /// The labels and scores that were printed, without the line with the times.
  private static func predictions(_ result: CommandResult) -> [Substring] {
    Array(result.output.split(separator: "\n").dropFirst())
  }

  @Test func tensorsBesideTheModelAreCountedAndOnRequestNamed() throws {
    try Self.withCheckpoint(["net._orig_mod."], others: ["criterion.weight", "zz.\u{1B}weight"]) {
      path, model, video in
      let plain = try accelerator("classify", video, "--model", model)
      let result = try accelerator("classify", video, "--model", model, "--checkpoint", path)
      #expect(result.status == 0)
      #expect(!Self.predictions(plain).isEmpty)
      #expect(Self.predictions(result) == Self.predictions(plain))
      #expect(result.errors.contains("note: \(path): 2 tensors are not used (first: \"criterion.weight\")"))
      #expect(!result.errors.contains("zz."))
      let verbose = try accelerator("classify", video, "--model", model, "--checkpoint", path, "--verbose")
      #expect(verbose.errors.contains("zz.\\u{1b}weight"))
    }
  }

  @Test func oneOfSeveralSetsOfWeightsIsChosenByItsKey() throws {
    try Self.withCheckpoint(["model.", "ema."]) { path, model, video in
      let unclear = try accelerator("classify", video, "--model", model, "--checkpoint", path)
      #expect(unclear.status == 2)
      #expect(unclear.errors.contains("\"ema\", \"model\""))
      #expect(unclear.errors.contains("--checkpoint-key"))
      let model1 = try accelerator(
        "classify", video, "--model", model, "--checkpoint", path, "--checkpoint-key", "model")
      #expect(Self.predictions(model1) == Self.predictions(try accelerator("classify", video, "--model", model)))
      #expect(
        try accelerator("classify", video, "--model", model, "--checkpoint", path, "--checkpoint-key", "ema").status
          == 0)
      let unknown = try accelerator(
        "classify", video, "--model", model, "--checkpoint", path, "--checkpoint-key", "teacher")
      #expect(unknown.status == 2)
      #expect(unknown.errors.contains("\"teacher\""))
      #expect(try accelerator("classify", video, "--model", model, "--checkpoint-key", "ema").status == 2)
    }
  }

  @Test func anotherArchitectureIsOneLineAndItsNamesOnRequest() throws {
    let names = (0..<30).map { "layer\($0).weight" }
    try Self.withCheckpoint([], others: names) { path, model, video in
      let result = try accelerator("classify", video, "--model", model, "--checkpoint", path)
      #expect(result.status == 2)
      #expect(result.errors.split(separator: "\n").count == 1)
      #expect(
        result.errors.contains("30 tensors of another architecture (first: \"layer0.weight\"); supported: x3d_xs"))
      let verbose = try accelerator("classify", video, "--model", model, "--checkpoint", path, "--verbose")
      #expect(verbose.errors.split(separator: "\n").count == 31)
      #expect(verbose.errors.contains("  layer29.weight\n"))
      let inspected = try accelerator("inspect", path, "--summary")
      #expect(inspected.status == 0)
      #expect(inspected.output.contains("another architecture"))
    }
  }

  @Test func inspectSaysWhichModelACheckpointFits() throws {
    try withTemporaryFolder { folder in
      var architecture = try Architecture(named: "efficient_x3d_xs")
      architecture.classCount = 12
      let graph = try architecture.graph()
      let path = "\(folder)/weights.pth"
      func write(without missing: String? = nil) throws {
        try SafetensorsFile.write(
          NamedTensors(
            graph.parameters.filter { $0.path != missing }.map {
              ("module.\($0.path)", Tensor(zeros: graph.type($0.value).fixedShape ?? [], elementType: .float16))
            }), to: path)
      }
      try write()
      let text = try accelerator("inspect", path, "--summary")
      #expect(
        text.output.contains("efficient_x3d_xs, efficient_x3d_s, efficient_x3d_m: 12 classes (key module)"),
        "\(text.output)\(text.errors)")
      let json = try #require(try accelerator("inspect", path, "--summary", "--format", "json").json)
      let fit = try #require(try json.document(path: "stdout").required("fits").elements().first)
      #expect(try fit.required("classes").int() == 12)
      #expect(try fit.required("key").string() == "module")
      try write(without: "head.conv_5.kernel.conv.weight")
      let nearest = try accelerator("inspect", path, "--summary")
      #expect(
        nearest.output.contains("1 missing, first: head.conv_5.kernel.conv.weight"),
        "\(nearest.output)\(nearest.errors)")
    }
  }
}
