import IR

extension Operations.Activation: ONNXOperation {
  func export(to onnx: ONNXNode) -> [String] { [onnx.activation(onnx.input(0), function)] }
}

extension Operations.Binary: ONNXOperation {
  func export(to onnx: ONNXNode) -> [String] { [onnx(function.onnx, onnx.input(0), onnx.input(1))] }
}

extension Operations.Dropout: ONNXOperation {
  func export(to onnx: ONNXNode) -> [String] { [onnx("Dropout", onnx.input(0), onnx.constant(rate, "ratio"))] }
}

extension Operations.BatchNorm: ONNXOperation {
  func export(to onnx: ONNXNode) -> [String] {
    [onnx("BatchNormalization", (0..<5).map { onnx.input($0) }, attributes: ["epsilon": .float(epsilon)])]
  }
}

extension Operations.LayerNorm: ONNXOperation {
  func export(to onnx: ONNXNode) -> [String] {
    [
      onnx(
        "LayerNormalization", (0..<3).map { onnx.input($0) },
        attributes: ["axis": .int(-onnx.type(1).rank), "epsilon": .float(epsilon)])
    ]
  }
}

extension Operations.Softmax: ONNXOperation {
  func export(to onnx: ONNXNode) -> [String] { [onnx("Softmax", onnx.input(0), attributes: ["axis": .int(axis)])] }
}

extension BinaryFunction {
  /// ONNX's name.
  fileprivate var onnx: String {
    switch self {
    case .add: "Add"
    case .subtract: "Sub"
    case .multiply: "Mul"
    case .divide: "Div"
    case .maximum: "Max"
    case .minimum: "Min"
    }
  }
}
