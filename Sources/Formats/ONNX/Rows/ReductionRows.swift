import IR

extension Operations.Mean: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("ReduceMean") { node in
        let axes = try node.reducedAxes(rank: node.rank())
        return try node.add(Self(axes: axes, keepsAxes: node.flag("keepdims", default: true)), node.input(0))
      },
      ONNXImportRow("GlobalAveragePool") { node in
        try node.add(Self(axes: Array(2..<max(node.rank(), 2)), keepsAxes: true), node.input(0))
      },
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    // No axes at all means all of them in ONNX.
    guard !axes.isEmpty else { return [onnx("Identity", onnx.input(0))] }
    return [onnx.reduction(onnx.input(0), .average, axes: axes, keepsAxes: keepsAxes)]
  }
}

extension Operations.Reduce: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    ReductionFunction.allCases.map { function in
      ONNXImportRow(function.onnx) { node in
        let reduction = try Self(
          function, axes: node.reducedAxes(rank: node.rank()), keepsAxes: node.flag("keepdims", default: true))
        let type = try node.type(0).elementType
        guard type == .bool else { return try node.add(reduction, node.input(0)) }
        // The maximum of booleans is whether any is true, and the minimum whether all are.
        return try node.cast(node.add(reduction, node.cast(node.input(0), to: .uint8)), to: .bool)
      }
    }
  }

  func export(to onnx: ONNXNode) -> [String] {
    // Axes became an input of most reductions in operator set 18.
    guard onnx.operatorSet >= 18 || function == .sum || axes.isEmpty else {
      return [
        onnx(function.onnx, onnx.input(0), attributes: ["axes": .ints(axes), "keepdims": .flag(keepsAxes)])
      ]
    }
    if axes.isEmpty, function != .sum { onnx.requires(operatorSet: 18) }
    guard !axes.isEmpty else {
      // No axes at all means all of them in ONNX, so there is one more, of length 1.
      let last = onnx.constant([onnx.type(0).rank], "axes")
      return [onnx(function.onnx, onnx("Unsqueeze", onnx.input(0), last), last, attributes: ["keepdims": .flag(false)])]
    }
    return [
      onnx(
        function.onnx, onnx.input(0), onnx.constant(axes, "axes"), attributes: ["keepdims": .flag(keepsAxes)])
    ]
  }
}

extension Operations.ArgReduce: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    let extremes: [(String, Extreme)] = [("ArgMax", .maximum), ("ArgMin", .minimum)]
    return extremes.map { name, extreme in
      ONNXImportRow(name) { node in
        try node.add(
          Self(
            extreme, axis: node.axis(default: 0, rank: node.rank()), keepsAxis: node.flag("keepdims", default: true),
            selectsLast: node.flag("select_last_index", default: false)), node.input(0))
      }
    }
  }

  func export(to onnx: ONNXNode) -> [String] {
    [
      onnx(
        extreme == .maximum ? "ArgMax" : "ArgMin", onnx.input(0),
        attributes: [
          "axis": .int(axis), "keepdims": .flag(keepsAxis), "select_last_index": .flag(selectsLast),
        ])
    ]
  }
}

extension Operations.TopK: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow(
        "TopK",
        all: { node in
          let given = node.operatorSet < 10 ? node.integer("k", default: 0) : try node.integers(1, "k")?.first
          guard let count = given else { throw ONNXRefusal("it has no k") }
          return try node.addAll(
            Self(
              node.flag("largest", default: true) ? .maximum : .minimum, count: count,
              axis: node.axis(default: -1, rank: node.rank())), [node.input(0)])
        })
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    onnx(
      "TopK", [onnx.input(0), onnx.constant([count], "k")],
      attributes: ["axis": .int(axis), "largest": .flag(extreme == .maximum)], resultCount: 2)
  }
}

extension Operations.CumulativeSum: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("CumSum") { node in
        guard let axis = try node.integers(1, "axis")?.first else { throw ONNXRefusal("it has no axis") }
        return try node.add(
          Self(
            axis: ONNXImportedNode.axis(axis, rank: node.rank()), excludesOwn: node.flag("exclusive", default: false),
            isReversed: node.flag("reverse", default: false)), node.input(0))
      }
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    [
      onnx(
        "CumSum", onnx.input(0), onnx.constant(axis, "axis"),
        attributes: ["exclusive": .flag(excludesOwn), "reverse": .flag(isReversed)])
    ]
  }
}

extension ReductionFunction {
  /// ONNX's name.
  fileprivate var onnx: String {
    switch self {
    case .sum: "ReduceSum"
    case .product: "ReduceProd"
    case .maximum: "ReduceMax"
    case .minimum: "ReduceMin"
    case .l1: "ReduceL1"
    case .l2: "ReduceL2"
    case .sumSquare: "ReduceSumSquare"
    case .logSum: "ReduceLogSum"
    case .logSumExp: "ReduceLogSumExp"
    }
  }
}
