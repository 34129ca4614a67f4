import ArgumentParser
import Foundation

/// Checks the names of model files that commands write: other programs go by a name's extension.
enum ModelFileName {
  /// Formats that the command does not write, by extension, and how to make them from what it writes.
  private static let others: [(extensions: [String], format: String, wayOut: String)] = [
    (["accel"], "a model in deployable form", "'accelerator deploy' writes it"),
    (["onnx"], "ONNX", "'accelerator export' writes it"),
    (["tflite", "lite"], "TensorFlow Lite", "onnx2tf converts ONNX to it"),
    (["pb", "h5", "keras"], "TensorFlow", "onnx2tf converts ONNX to it"),
    (["pt", "pth", "pyth", "pt2", "ptl", "pte"], "PyTorch", "onnx2torch converts ONNX to it"),
    (["mlmodel", "mlpackage", "mlmodelc"], "Core ML", "ONNX Runtime runs ONNX with its Core ML provider"),
    (["engine", "plan", "trt"], "TensorRT", "'trtexec --onnx=FILE --saveEngine=FILE' makes it of ONNX"),
    (["xml", "bin"], "OpenVINO", "OpenVINO reads ONNX as it is, and 'ovc FILE' converts it"),
    (
      ["ort"], "ONNX Runtime's own format",
      "'python -m onnxruntime.tools.convert_onnx_models_to_ort' converts ONNX to it"
    ),
    (["param"], "ncnn", "pnnx converts ONNX to it"), (["mnn"], "MNN", "MNNConvert converts ONNX to it"),
    (["dlc"], "Qualcomm's", "snpe-onnx-to-dlc converts ONNX to it"),
    (["rknn"], "Rockchip's", "rknn-toolkit2 converts ONNX to it"),
  ]

  /// Refuses a name that is not that of an ONNX file.
  static func checkONNX(_ path: String) throws {
    let found = pathExtension(of: path)
    guard found != "onnx" else { return }
    let wayOut = other(found).map { "'.\(found)' is \($0.format): \($0.wayOut). " } ?? ""
    throw ValidationError("\(wayOut)This command writes ONNX: give --output a name that ends in .onnx.")
  }

  /// Refuses the name of another format for a model in deployable form.
  static func checkDeployable(_ path: String) throws {
    let found = pathExtension(of: path)
    guard found != "accel", let other = other(found) else { return }
    throw ValidationError(
      "'.\(found)' is \(other.format): \(other.wayOut). This command writes a model in deployable form: give --output a "
        + "name that ends in .accel.")
  }

  private static func pathExtension(of path: String) -> String {
    URL(fileURLWithPath: path).pathExtension.lowercased()
  }

  private static func other(_ pathExtension: String) -> (format: String, wayOut: String)? {
    others.first { $0.extensions.contains(pathExtension) }.map { ($0.format, $0.wayOut) }
  }
}
