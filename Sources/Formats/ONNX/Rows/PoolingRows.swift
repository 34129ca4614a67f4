import IR

extension Operations.Pool: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("MaxPool") { node in try node.pooled(.maximum, countsPadding: false) },
      ONNXImportRow("AveragePool") { node in
        try node.pooled(.average, countsPadding: node.flag("count_include_pad", default: false))
      },
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    var attributes: ONNXAttributes = [
      "kernel_shape": .ints(window.kernel), "strides": .ints(window.stride),
      "pads": .ints(window.paddingBefore + window.paddingAfter), "ceil_mode": .flag(roundsUp),
    ]
    switch function {
    case .average: attributes["count_include_pad"] = .flag(countsPadding)
    case .maximum: attributes["dilations"] = .ints(window.dilation)
    }
    let type = function == .average ? "AveragePool" : "MaxPool"
    let y = onnx(type, onnx.input(0), attributes: attributes)
    let canOverhang = (0..<window.rank).contains { window.paddingAfter[$0] + window.stride[$0] > window.span($0) }
    return [roundsUp && canOverhang ? withoutOverhang(y, onnx) : y]
  }

  /// Returns the result without windows that start in the padding at the end: before operator set 22 the standard does
  /// not say whether rounding up adds those.
  private func withoutOverhang(_ y: String, _ onnx: ONNXNode) -> String {
    let axes = (0..<window.rank).map { $0 + 2 }
    let lengths = onnx("Shape", onnx.input(0), attributes: ["start": .int(2)])
    let room = onnx.constant((0..<window.rank).map { window.paddingBefore[$0] + window.stride[$0] - 1 }, "room")
    let counts = onnx("Div", onnx("Add", lengths, room), onnx.constant(window.stride, "stride"))
    return onnx("Slice", y, onnx.constant(axes.map { _ in 0 }, "starts"), counts, onnx.constant(axes, "axes"))
  }
}

extension Operations.AdaptivePool: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("GlobalMaxPool") { node in
        let ones = [Int](repeating: 1, count: max(try node.rank() - 2, 0))
        return try node.add(Self(.maximum, outputSize: ones), node.input(0))
      }
    ]
  }

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

  /// Returns one axis pooled to a number of results, for any length, which may be known only when the model runs:
  /// result i takes elements ⌊i · length / count⌋ up to ⌈(i + 1) · length / count⌉.
  private func pooled(_ x: String, axis: Int, count: Int, _ onnx: ONNXNode) -> String {
    let length = onnx("Shape", x, attributes: ["start": .int(axis), "end": .int(axis + 1)])
    let divisor = onnx.constant([count], "count")
    let axes = onnx.constant([axis], "axes")
    let results = (0..<count).map { index in
      let first = onnx("Div", onnx("Mul", length, onnx.constant([index], "index")), divisor)
      let above = onnx("Mul", length, onnx.constant([index + 1], "index"))
      let end = onnx("Div", onnx("Add", above, onnx.constant([count - 1], "round_up")), divisor)
      return onnx.reduction(onnx.moving(x) { onnx("Slice", $0, first, end, axes) }, function, axes: [axis])
    }
    return onnx("Concat", results, attributes: ["axis": .int(axis)])
  }
}

extension Operations.Resize: ONNXOperation {
  static var importRows: [ONNXImportRow] { [ONNXImportRow("Resize", "Upsample") { try $0.resized() }] }

  func export(to onnx: ONNXNode) -> [String] {
    // Axes and antialiasing are as old as that.
    onnx.requires(operatorSet: 18)
    let (x, none) = (onnx.input(0), "")
    let inputs =
      factors.map { [x, none, onnx.constant($0, of: .float32, "scales")] } ?? [
        x, none, none, onnx.constant(lengths ?? [], "sizes"),
      ]
    let attributes: ONNXAttributes = [
      "axes": .ints(axes), "mode": .string(mode.rawValue), "nearest_mode": .string(rounding.onnx),
      "coordinate_transformation_mode": .string(coordinates.rawValue), "cubic_coeff_a": .float(cubicCoefficient),
      "exclude_outside": .flag(excludesOutside), "antialias": .flag(antialiases),
    ]
    return [onnx("Resize", inputs, attributes: attributes)]
  }
}

extension Operations.Resize.Rounding {
  /// ONNX's name.
  fileprivate var onnx: String {
    switch self {
    case .preferFloor: "round_prefer_floor"
    case .preferCeil: "round_prefer_ceil"
    case .floor, .ceil: rawValue
    }
  }
}
