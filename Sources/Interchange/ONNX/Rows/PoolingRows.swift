import Graph
import Kernels

extension Operations.Mean: ONNXOperation {
  func export(to onnx: ONNXNode) -> [String] {
    // No axes at all means all of them in ONNX.
    guard !axes.isEmpty else { return [onnx("Identity", onnx.input(0))] }
    return [onnx.reduction(onnx.input(0), .average, axes: axes, keepsAxes: keepsAxes)]
  }
}

extension Operations.Pool: ONNXOperation {
  func export(to onnx: ONNXNode) -> [String] {
    let pads = ONNXAttribute.ints(window.paddingBefore + window.paddingAfter)
    switch function {
    case .average:
      return [
        onnx(
          "AveragePool", onnx.input(0),
          attributes: [
            "kernel_shape": .ints(window.kernel), "strides": .ints(window.stride), "pads": pads,
            "ceil_mode": .flag(roundsUp), "count_include_pad": .flag(countsPadding),
          ])
      ]
    case .maximum:
      return [
        onnx(
          "MaxPool", onnx.input(0),
          attributes: [
            "kernel_shape": .ints(window.kernel), "strides": .ints(window.stride), "pads": pads,
            "ceil_mode": .flag(roundsUp), "dilations": .ints(window.dilation),
          ])
      ]
    }
  }
}

extension Operations.AdaptivePool: ONNXOperation {
  func export(to onnx: ONNXNode) -> [String] {
    let axes = outputSize.indices.map { $0 + 2 }
    if outputSize.allSatisfy({ $0 == 1 }) { return [onnx.reduction(onnx.input(0), function, axes: axes)] }
    return [
      zip(axes, outputSize).reduce(onnx.input(0)) { x, axis in
        axis.1 == 1
          ? onnx.reduction(x, function, axes: [axis.0]) : pooled(x, axis: axis.0, count: axis.1, onnx)
      }
    ]
  }

  /// One axis pooled to a number of results, whatever its length, which may be known only when the model runs: result i
  /// takes elements ⌊i · length / count⌋ up to ⌈(i + 1) · length / count⌉.
  private func pooled(_ x: String, axis: Int, count: Int, _ onnx: ONNXNode) -> String {
    let length = onnx("Shape", x, attributes: ["start": .int(axis), "end": .int(axis + 1)])
    let divisor = onnx.constant([count], "count")
    let axes = onnx.constant([axis], "axes")
    let results = (0..<count).map { index in
      let first = onnx("Div", onnx("Mul", length, onnx.constant([index], "index")), divisor)
      let above = onnx("Mul", length, onnx.constant([index + 1], "index"))
      let end = onnx("Div", onnx("Add", above, onnx.constant([count - 1], "round_up")), divisor)
      return onnx.reduction(onnx("Slice", x, first, end, axes), function, axes: [axis])
    }
    return onnx("Concat", results, attributes: ["axis": .int(axis)])
  }
}
