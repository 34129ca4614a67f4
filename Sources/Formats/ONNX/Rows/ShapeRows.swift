import IR
import Tensors

extension Operations.Constant: ONNXOperation {
  static var importRows: [ONNXImportRow] { [] }

  func export(to onnx: ONNXNode) -> [String] { tensors.map { onnx.constant($0, "constant") } }
}

extension Operations.Shape: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("Shape") { node in
        let all = try node.add(Self(), node.input(0))
        let start = node.integer("start", default: 0)
        let end = node.integer("end", default: .max)
        return start == 0 && end == .max ? all : try node.add(Operations.Slice(axis: 0, start: start, end: end), all)
      }
    ]
  }

  func export(to onnx: ONNXNode) -> [String] { [onnx("Shape", onnx.input(0))] }
}

extension Operations.IntegerRange: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [ONNXImportRow("Range") { try $0.range() }]
  }

  func export(to onnx: ONNXNode) -> [String] { [onnx("Range", (0..<3).map { onnx.input($0) })] }
}

extension Operations.ReshapeTo: ONNXOperation {
  static var importRows: [ONNXImportRow] { [] }

  func export(to onnx: ONNXNode) -> [String] { [onnx("Reshape", onnx.input(0), onnx.input(1))] }
}

extension Operations.ExpandTo: ONNXOperation {
  static var importRows: [ONNXImportRow] { [] }

  func export(to onnx: ONNXNode) -> [String] { [onnx("Expand", onnx.input(0), onnx.input(1))] }
}

extension Operations.SliceTo: ONNXOperation {
  static var importRows: [ONNXImportRow] { [] }

  func export(to onnx: ONNXNode) -> [String] {
    [
      onnx(
        "Slice", onnx.input(0), onnx.input(1), onnx.input(2), onnx.constant([axis], "axes"),
        onnx.constant([step], "steps"))
    ]
  }
}
