import Tensors
import IR
import Foundation
import TestSupport
import Testing
import VideoAccelerator

/// `accelerator export`. What the files compute is a matter of the exporter's own tests.
@Suite struct ExportCommandTests {
  /// Whether a file has a text in it.
  private static func holds(_ path: String, _ text: String) throws -> Bool {
    try Data(contents(path)).range(of: Data(text.utf8)) != nil
  }

  @Test func modelsAreWrittenInTheirOwnFormAndPrecision() throws {
    try CommandLineTests.withModelAndVideo { folder, model, _ in
      let clips = "\(folder)/clips.npy"
      try NumPyFile.write(RandomWeights.clips([3, 3, 4, 32, 32], seed: 3), to: clips)
      let (float, half, int8) = ("\(folder)/float.accel", "\(folder)/half.accel", "\(folder)/int8.accel")
      let seven = "\(folder)/seven.accel"
      let calibration = ["--precision", "int8", "--calibration", clips, "--observer", "min-max"]
      let deploy = ["deploy", "--model", model, "--output"]
      #expect(try accelerator(arguments: deploy + [float]).status == 0)
      #expect(try accelerator(arguments: deploy + [half, "--precision", "fp16"]).status == 0)
      #expect(try accelerator(arguments: deploy + [int8] + calibration).status == 0)
      #expect(try accelerator(arguments: deploy + [seven, "--reduce-range"] + calibration).status == 0)
      let output = "\(folder)/model.onnx"
      for (arguments, form, isOriginal) in [
        (["--model", model], "fp32", true), (["--model", model, "--precision", "fp32"], "fp32", true),
        (["--model", float], "fp32", false), (["--model", half], "fp16", false),
        (["--model", half, "--precision", "fp32"], "fp32", false),
        (["--model", model, "--precision", "fp16"], "fp16", false),
        (["--model", int8], "int8 (QDQ)", false), (["--model", int8, "--precision", "int8"], "int8 (QDQ)", false),
        (["--model", int8, "--precision", "fp32"], "fp32", false),
        (["--model", seven], "int8 (QDQ), weights in 7 bits", false),
        (["--model", seven, "--reduce-range"], "int8 (QDQ), weights in 7 bits", false),
        (["--model", model] + calibration + ["--report", "\(folder)/report.txt"], "int8 (QDQ)", false),
        (["--model", model, "--reduce-range"] + calibration, "int8 (QDQ), weights in 7 bits", false),
        (["--model", "x3d_xs", "--random-weights", "1", "--classes", "7"], "fp32", true),
      ] {
        let result = try accelerator(arguments: ["export", "--output", output] + arguments)
        #expect(result.status == 0 && result.output.isEmpty, "\(arguments): \(result.errors)")
        let set = form.hasPrefix("int8") ? 21 : 17
        #expect(result.errors.contains("\(form), ONNX operator set \(set)"), "\(arguments): \(result.errors)")
        #expect(try Self.holds(output, "BatchNormalization") == isOriginal, "\(arguments)")
        #expect(try Self.holds(output, "QuantizeLinear") == form.hasPrefix("int8"), "\(arguments)")
        #expect(result.errors.contains("session.x64quantprecision") == (form == "int8 (QDQ)"), "\(arguments)")
        #expect(try Self.holds(output, "preprocessing") && Self.holds(output, "labels"))
        #expect(try Self.holds(output, "target") != isOriginal)
        try FileManager.default.removeItem(atPath: output)
      }
      #expect(FileManager.default.fileExists(atPath: "\(folder)/report.txt"))
    }
  }

  @Test func requestsThatDoNotFitAreToldInASentence() throws {
    try CommandLineTests.withModelAndVideo { folder, model, _ in
      let (float, clips, output) = ("\(folder)/float.accel", "\(folder)/clips.npy", "\(folder)/model.onnx")
      try NumPyFile.write(RandomWeights.clips([1, 3, 4, 32, 32], seed: 3), to: clips)
      let int8 = "\(folder)/int8.accel"
      #expect(try accelerator("deploy", "--model", model, "--output", float).status == 0)
      #expect(
        try accelerator(
          "deploy", "--model", model, "--output", int8, "--precision", "int8", "--calibration", clips, "--observer",
          "min-max"
        ).status == 0)
      for (arguments, problem) in [
        (["--model", float, "--precision", "int8"], "is not quantized to int8"),
        (["--model", float, "--precision", "int8", "--calibration", clips], "in deployable form already"),
        (["--model", float, "--classes", "3"], "leave out"),
        (["--model", model, "--precision", "int8"], "learns from clips"),
        (["--model", model, "--calibration", clips], "Only --precision int8 takes calibration"),
        (
          ["--model", model, "--precision", "int8", "--calibration", clips, "--report", output],
          "ends in .html, .json or .txt"
        ),
        (["--model", model, "--precision", "fp64"], "fp64"),
        (["--model", model, "--reduce-range"], "is not in int8, and --reduce-range is for int8 weights"),
        (["--model", model, "--precision", "fp32", "--reduce-range"], "leave it out in fp32"),
        (["--model", float, "--reduce-range"], "is in fp32, and --reduce-range is for int8 weights"),
        (["--model", int8, "--reduce-range"], "deploy the model that it was made from again"),
        (["--model", int8, "--precision", "fp32", "--reduce-range"], "leave it out in fp32"),
        (["--model", "x3d_xs", "--checkpoint", "\(folder)/none.pyth"], "none.pyth"),
        (["--model", "\(folder)/none"], "none cannot be opened"),
      ] {
        let result = try accelerator(arguments: ["export", "--output", output] + arguments)
        #expect(result.status == 2 && result.errors.contains(problem), "\(arguments): \(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: output))
      }
      let result = try accelerator("export", "--model", model, "--output", "\(folder)/none/model.onnx")
      #expect(result.status == 2 && result.errors.contains("none/model.onnx cannot be written"))
      let full = try accelerator(arguments: ["export", "--model", float, "--output", output], largestFile: 4)
      #expect(full.status != 0 && full.errors.contains("model.onnx cannot be written"), "\(full.errors)")
      let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(files.allSatisfy { !$0.hasPrefix("model.onnx") }, "\(files)")
    }
  }

  @Test func namesOfOtherFormatsAreRefusedWithTheWayOut() throws {
    try CommandLineTests.withModelAndVideo { folder, model, _ in
      for (command, name, problem) in [
        ("export", "x.tflite", "'.tflite' is TensorFlow Lite: onnx2tf converts ONNX to it"),
        ("export", "x.engine", "trtexec"), ("export", "x.xml", "OpenVINO reads ONNX as it is"),
        ("export", "x.accel", "'accelerator deploy' writes it"),
        ("export", "x.thing", "give --output a name that ends in .onnx"),
        ("export", "x.onnx.bak", "give --output a name that ends in .onnx"),
        ("export", "x", "give --output a name that ends in .onnx"),
        ("deploy", "x.onnx", "'accelerator export' writes it"), ("deploy", "x.tflite", "TensorFlow Lite"),
        ("transmute", "x.onnx", "'accelerator export' writes it"),
      ] {
        let result = try accelerator(command, "--model", model, "--output", "\(folder)/\(name)")
        #expect(result.status == 2 && result.errors.contains(problem), "\(command) \(name): \(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: "\(folder)/\(name)"))
      }
      #expect(try accelerator("export", "--model", model, "--output", "\(folder)/X.ONNX").status == 0)
    }
  }
}
