import IR

extension Operations.Concat: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("Concat") { node in
        try node.concatenated(node.allInputs(), axis: node.axis(default: 1, rank: node.rank()))
      }
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    [onnx("Concat", (0..<onnx.inputCount).map { onnx.input($0) }, attributes: ["axis": .int(axis)])]
  }
}

extension Operations.Reshape: ONNXOperation {
  static var importRows: [ONNXImportRow] { [ONNXImportRow("Reshape") { try $0.reshape() }] }

  func export(to onnx: ONNXNode) -> [String] {
    [onnx.moving(onnx.input(0)) { onnx("Reshape", $0, onnx.constant(shape, "shape")) }]
  }
}

extension Operations.Permute: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("Transpose") { node in
        let order = try node.integers("perm") ?? Array((0..<node.rank()).reversed())
        return try node.add(Self(order), node.input(0))
      }
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    [onnx.moving(onnx.input(0)) { onnx("Transpose", $0, attributes: ["perm": .ints(order)]) }]
  }
}

extension Operations.Slice: ONNXOperation {
  static var importRows: [ONNXImportRow] { [ONNXImportRow("Slice") { try $0.sliced() }] }

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
  static var importRows: [ONNXImportRow] { [ONNXImportRow("Pad") { try $0.padded() }] }

  func export(to onnx: ONNXNode) -> [String] {
    [onnx("Pad", onnx.input(0), onnx.constant(before + after, "pads"), onnx.constant(value, "value"))]
  }
}
