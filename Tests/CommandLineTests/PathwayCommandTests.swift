import IR
import ModelTestSupport
import TestSupport
import Tensors
import Testing
import VideoAccelerator
import Zoo

/// Commands on a network of two pathways.
@Suite struct PathwayCommandTests {
  /// A zoo folder of a narrow SlowFast, and its inputs as files.
  private func withModel(_ body: (_ folder: String, _ model: String, _ inputs: [Tensor]) throws -> Void) throws {
    let network = NarrowNetwork("slowfast_r50", frameCount: 8)
    try withTemporaryFolder { folder in
      let model = "\(folder)/narrow"
      try ZooFolder.write(
        architecture: network.architecture(), recipe: network.clipInputs().clip,
        labels: (0..<11).map { "class \($0)" }, weights: network.weights(), to: model)
      let inputs = try network.inputs(count: 3)
      for (name, tensor) in zip(["slow", "fast"], inputs) { try NumPyFile.write(tensor, to: "\(folder)/\(name).npy") }
      try body(folder, model, inputs)
    }
  }

  @Test func inputsAreGivenByNameOrInOrder() throws {
    try withModel { folder, model, inputs in
      let zoo = try Model(model)
      let expected = try Interpreter(zoo.graph, weights: zoo.weights).run(inputs)[0]
      let (slow, fast, output) = ("\(folder)/slow.npy", "\(folder)/fast.npy", "\(folder)/y.npy")
      for files in [["fast=\(fast)", "slow=\(slow)"], [slow, fast]] {
        let result = try accelerator(
          arguments: ["run", "--model", model, "--output", output] + files.flatMap { ["--input", $0] })
        #expect(result.status == 0, "\(result.errors)")
        #expect(relativeError(try NumPyFile.read(output), expected) < 1e-4)
      }
      for files in [[fast], ["slow=\(slow)", fast], ["slow=\(slow)", "slow=\(slow)"], ["slow=\(slow)"]] {
        let result = try accelerator(
          arguments: ["run", "--model", model, "--output", output] + files.flatMap { ["--input", $0] })
        #expect(result.status == 2 && result.errors.contains("--input slow=FILE --input fast=FILE"), "\(files)")
      }
      let replaced = try accelerator(
        arguments: ["run", "--model", model, "--output", slow, "--input", "slow=\(slow)", "--input", "fast=\(fast)"])
      #expect(replaced.status == 2 && replaced.errors.contains("would replace"))
    }
  }

  @Test func allCommandsTakeBothPathways() throws {
    try withModel { folder, model, _ in
      let (int8, onnx) = ("\(folder)/int8.accel", "\(folder)/m.onnx")
      let byName = ["--calibration", "slow=\(folder)/slow.npy", "--calibration", "fast=\(folder)/fast.npy"]
      let observer = ["--observer", "min-max"]
      let deploy = ["deploy", "--model", model, "--output", int8, "--precision", "int8"] + observer
      // Arrays for each input, or of the clips that both are made of.
      for calibration in [byName, ["--calibration", "\(folder)/fast.npy"]] {
        let result = try accelerator(arguments: deploy + calibration)
        #expect(result.status == 0, "\(result.errors)")
        #expect(try Model(int8).precision == .int8)
      }
      let incomplete = try accelerator(arguments: deploy + byName.prefix(2))
      #expect(incomplete.status == 2 && incomplete.errors.contains("--calibration slow=FILE --calibration fast=FILE"))
      for (command, file) in [("benchmark", int8), ("profile", model)] {
        let result = try accelerator(command, "--model", file, "--iterations", "2", "--format", "json")
        #expect(result.status == 0, "\(result.errors)")
        guard command == "benchmark" else { continue }
        #expect(result.json?["input_shapes"] == .array([JSON([1, 3, 2, 32, 32]), JSON([1, 3, 8, 32, 32])]))
      }
      for arguments in [
        ["transmute", "--model", model], ["inspect", model, "--summary"],
        ["inspect", int8, "--input-shape", "1x3x4x32x32", "--input-shape", "1x3x16x32x32"],
        ["export", "--model", model, "--output", onnx],
      ] {
        let result = try accelerator(arguments: arguments)
        #expect(result.status == 0, "\(arguments): \(result.errors)")
      }
    }
  }
}
