import IR

extension Operations.Activation: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    let plain: [(String, ActivationFunction)] = [
      ("Relu", .relu), ("Sigmoid", .sigmoid), ("Tanh", .tanh), ("HardSwish", .hardSwish),
    ]
    return plain.map { name, function in ONNXImportRow(name) { try $0.add(Self(function), $0.input(0)) } }
  }

  func export(to onnx: ONNXNode) -> [String] { [onnx.activation(onnx.input(0), function)] }
}

extension Operations.Binary: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    BinaryFunction.allCases.map { function in
      // Maximum and minimum take any number of inputs, which is two in most files.
      ONNXImportRow(function.onnx) { node in
        let values = node.allInputs()
        guard let first = values.first else { throw ONNXRefusal("it has no input") }
        return try values.dropFirst().reduce(first) { try node.add(Self(function), $0, $1) }
      }
    }
  }

  func export(to onnx: ONNXNode) -> [String] { [onnx(function.onnx, onnx.input(0), onnx.input(1))] }
}

extension Operations.Dropout: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("Dropout") { node in
        if case .tensor(let tensor, _)? = node.inputs.count > 2 ? node.inputs[2] : nil, tensor.integers.contains(1) {
          throw ONNXRefusal("it is in training mode")
        }
        return try node.add(Self(rate: node.number(1, "ratio") ?? node.float("ratio", default: 0.5)), node.input(0))
      }
    ]
  }

  func export(to onnx: ONNXNode) -> [String] { [onnx("Dropout", onnx.input(0), onnx.constant(rate, "ratio"))] }
}

extension Operations.BatchNorm: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("BatchNormalization") { node in
        guard !node.flag("training_mode", default: false) else { throw ONNXRefusal("it is in training mode") }
        return try node.add(
          Self(epsilon: node.float("epsilon", default: 1e-5)), (0..<5).map { try node.input($0) })
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
      ONNXImportRow("LayerNormalization") { node in
        let rank = try node.rank()
        let axis = try node.axis(default: -1, rank: rank)
        let scale = try node.input(1)
        guard try node.rank(1) == rank - axis else {
          throw ONNXRefusal("its scale does not have axes \(axis) to \(rank - 1)")
        }
        let shift = try node.has(2) ? node.input(2) : node.add(Operations.Binary(.multiply), scale, .number(0))
        return try node.add(Self(epsilon: node.float("epsilon", default: 1e-5)), node.input(0), scale, shift)
      }
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
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("Softmax") { node in
        let rank = try node.rank()
        let axis = try node.axis(default: node.operatorSet < 13 ? 1 : -1, rank: rank)
        // Before operator set 13 it is over all axes from this one on.
        guard node.operatorSet < 13, axis < rank - 1 else { return try node.add(Self(axis: axis), node.input(0)) }
        let shape = try node.type(0).shape
        guard shape[axis...].allSatisfy({ $0.value != nil }) else {
          throw ONNXRefusal("the lengths of the axes from \(axis) on must be known: give the inputs' shapes")
        }
        let rows = try node.add(
          Operations.Reshape([-1, shape[axis...].compactMap(\.value).reduce(1, *)]), node.input(0))
        return try node.reshaped(node.add(Self(axis: 1), rows), like: node.input(0))
      }
    ]
  }

  func export(to onnx: ONNXNode) -> [String] { [onnx("Softmax", onnx.input(0), attributes: ["axis": .int(axis)])] }
}

extension BinaryFunction {
  /// ONNX's name.
  fileprivate var onnx: String {
    switch self {
    case .add: "Add"
    case .subtract: "Sub"
    case .multiply: "Mul"
    case .divide: "Div"
    case .maximum: "Max"
    case .minimum: "Min"
    }
  }
}
