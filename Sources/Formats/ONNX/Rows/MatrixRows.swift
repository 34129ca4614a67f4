import IR

extension Operations.Convolution: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("Conv") { node in
        let (x, weight) = (try node.type(0), try node.type(1))
        guard let kernel = weight.fixedShape?.dropFirst(2), !kernel.isEmpty, x.rank == weight.rank else {
          throw ONNXRefusal("its weight is \(weight), which does not fit \(x)")
        }
        let window = try node.window(kernel: Array(kernel))
        return try node.add(Self(window: window, groups: node.integer("group", default: 1)), node.allInputs())
      }
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    let bias = onnx.inputCount == 3 ? onnx.input(2) : nil
    return [onnx.convolution(onnx.input(0), weight: onnx.input(1), bias: bias, window, groups: groups)]
  }
}

extension Operations.Linear: ONNXOperation {
  static var importRows: [ONNXImportRow] { [] }

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

extension Operations.TransposedConvolution: ONNXOperation {
  static var importRows: [ONNXImportRow] { [ONNXImportRow("ConvTranspose") { try $0.transposedConvolution() }] }

  func export(to onnx: ONNXNode) -> [String] {
    [
      onnx(
        "ConvTranspose", (0..<onnx.inputCount).map { onnx.input($0) },
        attributes: onnx.attributes(of: window, groups: groups).merging(["output_padding": .ints(extra)]) { $1 })
    ]
  }
}

extension Operations.Einsum: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("Einsum") { node in
        try node.add(Self(node.string("equation", default: "").filter { $0 != " " }), node.allInputs())
      }
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    [onnx("Einsum", (0..<onnx.inputCount).map { onnx.input($0) }, attributes: ["equation": .string(equation)])]
  }
}

extension Operations.MatMul: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("MatMul") { node in
        // With weights that are known it is a linear layer.
        if case .tensor(let weight, _) = try node.input(1), weight.rank == 2, weight.elementType == .float32,
          try node.rank() >= 2
        {
          return try node.add(
            Operations.Linear(), node.input(0), node.add(Operations.Permute([1, 0]), node.input(1)))
        }
        return try node.add(Self(), node.input(0), node.input(1))
      }
    ]
  }

  func export(to onnx: ONNXNode) -> [String] { [onnx("MatMul", onnx.input(0), onnx.input(1))] }
}
