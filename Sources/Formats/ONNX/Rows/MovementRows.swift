import IR

extension Operations.Concat: ONNXOperation {
  func export(to onnx: ONNXNode) -> [String] {
    [onnx("Concat", (0..<onnx.inputCount).map { onnx.input($0) }, attributes: ["axis": .int(axis)])]
  }
}

extension Operations.Reshape: ONNXOperation {
  func export(to onnx: ONNXNode) -> [String] {
    [onnx.moving(onnx.input(0)) { onnx("Reshape", $0, onnx.constant(shape, "shape")) }]
  }
}

extension Operations.Permute: ONNXOperation {
  func export(to onnx: ONNXNode) -> [String] {
    [onnx.moving(onnx.input(0)) { onnx("Transpose", $0, attributes: ["perm": .ints(order)]) }]
  }
}

extension Operations.Slice: ONNXOperation {
  func export(to onnx: ONNXNode) -> [String] {
    [
      onnx.moving(onnx.input(0)) {
        onnx(
          "Slice", $0, onnx.constant([start], "starts"), onnx.constant([end], "ends"), onnx.constant([axis], "axes"),
          onnx.constant([step], "steps"))
      }
    ]
  }
}

extension Operations.Pad: ONNXOperation {
  func export(to onnx: ONNXNode) -> [String] {
    [onnx("Pad", onnx.input(0), onnx.constant(before + after, "pads"), onnx.constant(value, "value"))]
  }
}
