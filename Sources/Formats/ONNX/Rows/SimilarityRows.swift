import IR

extension Operations.TemporalSimilarity: ONNXOperation {
  static var importRows: [ONNXImportRow] { [] }

  /// Products of all frames with all others, of which row t of the padded matrix holds its window from column t on.
  func export(to onnx: ONNXNode) -> [String] {
    let vectors = onnx("LpNormalization", onnx.input(0), attributes: ["axis": .int(1), "p": .int(2)])
    let rows = onnx("Transpose", vectors, attributes: ["perm": .ints([0, 3, 4, 2, 1])])
    let columns = onnx("Transpose", vectors, attributes: ["perm": .ints([0, 3, 4, 1, 2])])
    let margin = [0, 0, 0, 0, frameCount / 2]
    let products = onnx(
      "Pad", onnx("MatMul", rows, columns), onnx.constant(margin + margin, "margins"), onnx.constant(Float(0), "zero"))
    let lengths = onnx("Shape", products, attributes: ["end": .int(4)])
    let frames = onnx("Squeeze", onnx("Shape", products, attributes: ["start": .int(3), "end": .int(4)]))
    let (zero, one) = (onnx("Squeeze", onnx.constant([0], "first")), onnx("Squeeze", onnx.constant([1], "step")))
    let first = onnx("Unsqueeze", onnx("Range", zero, frames, one), onnx.constant([1], "axis"))
    let indices = onnx("Add", first, onnx.constant(Array(0..<frameCount), "window"))
    let shape = onnx("Concat", lengths, onnx.constant([frameCount], "length"), attributes: ["axis": .int(0)])
    let band = onnx("GatherElements", products, onnx("Expand", indices, shape), attributes: ["axis": .int(4)])
    return [onnx("Transpose", band, attributes: ["perm": .ints([0, 4, 3, 1, 2])])]
  }
}
