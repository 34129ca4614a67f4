import IR

extension Operations.Gather: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("Gather") { node in
        try node.add(Self(axis: node.axis(default: 0, rank: node.rank())), node.input(0), node.input(1))
      }
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    [onnx.moving(onnx.input(0)) { onnx("Gather", $0, onnx.input(1), attributes: ["axis": .int(axis)]) }]
  }
}

extension Operations.GatherElements: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("GatherElements") { node in
        try node.add(Self(axis: node.axis(default: 0, rank: node.rank())), node.input(0), node.input(1))
      }
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    [onnx.moving(onnx.input(0)) { onnx("GatherElements", $0, onnx.input(1), attributes: ["axis": .int(axis)]) }]
  }
}

extension Operations.GatherND: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("GatherND") { node in
        try node.add(Self(batchRank: node.integer("batch_dims", default: 0)), node.input(0), node.input(1))
      }
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    [onnx.moving(onnx.input(0)) { onnx("GatherND", $0, onnx.input(1), attributes: ["batch_dims": .int(batchRank)]) }]
  }
}

extension Operations.ScatterElements: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("ScatterElements", "Scatter") { node in
        try node.add(
          Self(axis: node.axis(default: 0, rank: node.rank()), reduction: node.scatterReduction()),
          (0..<3).map { try node.input($0) })
      }
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    // Maxima and minima are as new as that, and runtimes reduce halves since then.
    if reduction != nil { onnx.requires(operatorSet: 18) }
    return [
      onnx(
        "ScatterElements", (0..<3).map { onnx.input($0) },
        attributes: ["axis": .int(axis), "reduction": .string(reduction.onnxReduction)])
    ]
  }
}

extension Operations.ScatterND: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("ScatterND") { node in
        if let result = try node.boxUpdate() { return result }
        return try node.add(Self(reduction: node.scatterReduction()), (0..<3).map { try node.input($0) })
      }
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    // Maxima and minima are as new as that, and runtimes reduce halves since then.
    if reduction != nil { onnx.requires(operatorSet: 18) }
    return [
      onnx(
        "ScatterND", (0..<3).map { onnx.input($0) }, attributes: ["reduction": .string(reduction.onnxReduction)])
    ]
  }
}

extension Operations.OneHot: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("OneHot") { node in
        guard let depth = try node.number(1, "depth"), depth >= 0, depth < 16_777_216 else {
          throw ONNXRefusal("its depth must be a length")
        }
        let axis = try node.axis(default: -1, rank: node.rank() + 1)
        let indices = try node.cast(node.input(0), to: .int64)
        return try node.add(Self(axis: axis, length: Int(depth)), indices, node.input(2))
      }
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    [
      onnx(
        "OneHot", onnx.input(0), onnx.constant([length], "depth"), onnx.input(1), attributes: ["axis": .int(axis)])
    ]
  }
}

extension BinaryFunction? {
  /// ONNX's name of the reduction of updates.
  fileprivate var onnxReduction: String {
    switch self {
    case .add: "add"
    case .multiply: "mul"
    case .maximum: "max"
    case .minimum: "min"
    default: "none"
    }
  }
}
