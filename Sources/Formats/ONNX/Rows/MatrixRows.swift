import IR

extension Operations.Convolution: ONNXOperation {
  func export(to onnx: ONNXNode) -> [String] {
    let bias = onnx.inputCount == 3 ? onnx.input(2) : nil
    return [onnx.convolution(onnx.input(0), weight: onnx.input(1), bias: bias, window, groups: groups)]
  }
}

extension Operations.Linear: ONNXOperation {
  func export(to onnx: ONNXNode) -> [String] {
    let bias = onnx.inputCount == 3 ? [onnx.input(2)] : []
    if onnx.type(0).rank == 2 {
      return [onnx("Gemm", [onnx.input(0), onnx.input(1)] + bias, attributes: ["transB": .flag(true)])]
    }
    let columns = onnx("Transpose", onnx.input(1), attributes: ["perm": .ints([1, 0])])
    let product = onnx("MatMul", onnx.input(0), columns)
    return [bias.first.map { onnx("Add", product, $0) } ?? product]
  }
}

extension Operations.MatMul: ONNXOperation {
  func export(to onnx: ONNXNode) -> [String] { [onnx("MatMul", onnx.input(0), onnx.input(1))] }
}
