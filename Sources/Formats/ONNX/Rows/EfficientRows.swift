import IR

// The efficient operations are written as the plain ones that they replace; if those of a quantized graph have integers
// in between, these are written too.

extension Operations.Pointwise: ONNXOperation {
  static var importRows: [ONNXImportRow] { [] }

  func export(to onnx: ONNXNode) -> [String] {
    let ones = stride.map { _ in 1 }
    let scaled = hasScale ? onnx("Mul", onnx.input(0), onnx.input(3)) : onnx.input(0)
    let x = onnx.multiplied(onnx.activation(scaled, prologueActivation))
    let weight = onnx.input(1, shape: (onnx.type(1).fixedShape ?? []) + ones)
    let sums = onnx.convolution(x, weight: weight, bias: onnx.input(2), Window(kernel: ones, stride: stride))
    return [onnx.finish(sums, residual: hasResidual ? onnx.input(onnx.inputCount - 1) : nil, activation)]
  }
}

extension Operations.Depthwise: ONNXOperation {
  static var importRows: [ONNXImportRow] { [] }

  func export(to onnx: ONNXNode) -> [String] {
    let channels = onnx.type(2).shape[0].value ?? 0
    let weight = onnx.input(1, shape: [channels, 1] + window.kernel)
    let sums = onnx.convolution(onnx.input(0), weight: weight, bias: onnx.input(2), window, groups: channels)
    let y = onnx.finish(sums, activation)
    guard emitsMean else { return [y] }
    return [y, onnx.reduction(onnx.kept(y), .average, axes: Array(2..<onnx.type(0).rank))]
  }
}

extension Operations.FusedConvolution: ONNXOperation {
  static var importRows: [ONNXImportRow] { [] }

  func export(to onnx: ONNXNode) -> [String] {
    let sums = onnx.convolution(
      onnx.input(0), weight: onnx.input(1), bias: onnx.input(2), window, groups: groups)
    return [onnx.finish(sums, residual: hasResidual ? onnx.input(3) : nil, activation)]
  }
}

extension Operations.SqueezeExcite: ONNXOperation {
  static var importRows: [ONNXImportRow] { [] }

  func export(to onnx: ONNXNode) -> [String] {
    // As convolutions of one position, so that the means keep their shape.
    let window = Window(kernel: onnx.type(0).shape.dropFirst(2).map { _ in 1 })
    let product = { (x: String, weight: Int) in
      onnx.convolution(
        x, weight: onnx.input(weight, shape: (onnx.type(weight).fixedShape ?? []) + window.kernel),
        bias: onnx.input(weight + 1), window)
    }
    let reduced = onnx.activation(product(onnx.input(0), 1), activation)
    return [onnx.activation(product(reduced, 3), gate)]
  }
}
