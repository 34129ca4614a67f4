import IR

extension Operations.BatchNorm: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("BatchNormalization") { node in
        guard !node.flag("training_mode", default: false) else { throw ONNXRefusal("it is in training mode") }
        return try node.add(Self(epsilon: node.float("epsilon", default: 1e-5)), (0..<5).map { try node.input($0) })
      }
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    [onnx("BatchNormalization", (0..<5).map { onnx.input($0) }, attributes: ["epsilon": .float(epsilon)])]
  }
}

extension Operations.LayerNorm: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow(
        "LayerNormalization",
        all: { node in
          let epsilon = node.float("epsilon", default: 1e-5)
          let scale = try node.normalizationScale()
          let shift = try node.has(2) ? node.input(2) : node.add(Operations.Binary(.multiply), scale, .number(0))
          let result = try node.add(Self(epsilon: epsilon), node.input(0), scale, shift)
          return try [result] + (node.node.output.count > 1 ? node.moments(epsilon: epsilon) : [])
        })
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    [
      onnx(
        "LayerNormalization", (0..<3).map { onnx.input($0) },
        attributes: ["axis": .int(-onnx.type(1).rank), "epsilon": .float(epsilon)])
    ]
  }
}

extension Operations.Softmax: ONNXOperation {
  static var importRows: [ONNXImportRow] { [ONNXImportRow("Softmax") { try $0.softmax { Self(axis: $0) } }] }

  func export(to onnx: ONNXNode) -> [String] { [onnx("Softmax", onnx.input(0), attributes: ["axis": .int(axis)])] }
}

extension Operations.RMSNorm: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("RMSNormalization") { node in
        try node.add(
          Self(epsilon: node.float("epsilon", default: 1e-5)), node.input(0), node.normalizationScale())
      }
    ]
  }

  /// Before operator set 23 there is no operator for it.
  func export(to onnx: ONNXNode) -> [String] {
    let x = onnx.input(0)
    let axes = (0..<onnx.type(1).rank).map { $0 - onnx.type(1).rank }
    let squares = onnx.reduction(onnx("Mul", x, x), .average, axes: axes)
    let root = onnx("Sqrt", onnx("Add", squares, onnx.constant(epsilon, "epsilon")))
    return [onnx("Mul", onnx("Div", x, root), onnx.input(1))]
  }
}

extension Operations.GroupNorm: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("InstanceNormalization") { node in
        guard let channels = try node.type(1).shape.first?.value else {
          throw ONNXRefusal("the number of channels must be known")
        }
        return try node.add(
          Self(groups: channels, epsilon: node.float("epsilon", default: 1e-5)), (0..<3).map { try node.input($0) })
      },
      ONNXImportRow("GroupNormalization") { try $0.groupNorm() },
    ]
  }

  /// As instance normalization of rows that hold a group each, which all operator sets have.
  func export(to onnx: ONNXNode) -> [String] {
    let attributes: ONNXAttributes = ["epsilon": .float(epsilon)]
    let channels = onnx.type(1).shape[0].value ?? 0
    if groups == channels {
      return [onnx("InstanceNormalization", (0..<3).map { onnx.input($0) }, attributes: attributes)]
    }
    let x = onnx.input(0)
    let rows = onnx("Reshape", x, onnx.constant([0, groups, -1], "groups"))
    let ones = onnx.constant([Float](repeating: 1, count: groups), "ones")
    let zeros = onnx.constant([Float](repeating: 0, count: groups), "zeros")
    let normalized = onnx("InstanceNormalization", rows, ones, zeros, attributes: attributes)
    let column = [channels] + onnx.type(0).shape[2...].map { _ in 1 }
    let scaled = onnx("Mul", onnx("Reshape", normalized, onnx("Shape", x)), onnx.input(1, shape: column))
    return [onnx("Add", scaled, onnx.input(2, shape: column))]
  }
}

extension Operations.LogSoftmax: ONNXOperation {
  static var importRows: [ONNXImportRow] { [ONNXImportRow("LogSoftmax") { try $0.softmax { Self(axis: $0) } }] }

  func export(to onnx: ONNXNode) -> [String] { [onnx("LogSoftmax", onnx.input(0), attributes: ["axis": .int(axis)])] }
}
