import IR
import Tensors

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
    BinaryFunction.allCases.flatMap { function -> [ONNXImportRow] in
      switch function {
      case .modulo:
        [ONNXImportRow("Mod") { try $0.binary($0.flag("fmod", default: false) ? .remainder : .modulo) }]
      case .remainder: []
      case .power: [ONNXImportRow("Pow") { try $0.power() }]
      case .add:
        [
          ONNXImportRow("Add") { node in
            if node.inputs.count == 2, let result = try node.biased(node.input(0), node.input(1)) { return result }
            return try node.binary(.add)
          }
        ]
      default:
        Set([function.onnx(.float32), function.onnx(.bool)]).sorted().map { name in
          ONNXImportRow(name) { try $0.binary(function) }
        }
      }
    }
  }

  func export(to onnx: ONNXNode) -> [String] {
    // Those of bits are as new as that.
    if [.and, .or, .xor].contains(function), onnx.type(0).elementType != .bool { onnx.requires(operatorSet: 18) }
    return [
      onnx(
        function.onnx(onnx.type(0).elementType), [onnx.input(0), onnx.input(1)],
        attributes: function == .remainder ? ["fmod": .flag(true)] : [:])
    ]
  }
}

extension Operations.Dropout: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow(
        "Dropout",
        all: { node in
          let rate = try node.number(1, "ratio") ?? node.float("ratio", default: 0.5)
          if case .tensor(let tensor, _)? = node.inputs.count > 2 ? node.inputs[2] : nil, tensor.integers.contains(1),
            rate != 0
          {
            throw ONNXRefusal("it is in training mode")
          }
          let result = try node.add(Self(rate: rate), node.input(0))
          guard node.node.output.count > 1, node.operatorSet >= 10 else { return [result] }
          // The mask of what is kept.
          let kept = ONNXValue.tensor(Tensor([true], shape: []), name: nil)
          return [result, try node.expanded(kept, to: node.add(Operations.Shape(), node.input(0)))]
        })
    ]
  }

  func export(to onnx: ONNXNode) -> [String] { [onnx("Dropout", onnx.input(0), onnx.constant(rate, "ratio"))] }
}

extension Operations.ParametricActivation: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    func row(
      _ name: String, _ function: ParametricFunction, _ alpha: (name: String, value: Float),
      _ beta: (name: String, value: Float)? = nil
    ) -> ONNXImportRow {
      ONNXImportRow(name) { node in
        try node.add(
          Self(
            function, alpha: node.float(alpha.name, default: alpha.value),
            beta: beta.map { node.float($0.name, default: $0.value) } ?? 0), node.input(0))
      }
    }
    return [
      row("LeakyRelu", .leakyRelu, ("alpha", 0.01)), row("Elu", .elu, ("alpha", 1)), row("Celu", .celu, ("alpha", 1)),
      row("Selu", .selu, ("alpha", 1.673_263_2), ("gamma", 1.050_701)),
      row("ThresholdedRelu", .thresholdedRelu, ("alpha", 1)), row("Shrink", .shrink, ("lambd", 0.5), ("bias", 0)),
      ONNXImportRow("HardSigmoid") { node in
        let (alpha, beta) = (node.float("alpha", default: 0.2), node.float("beta", default: 0.5))
        // PyTorch's is an activation with kernels.
        if abs(alpha - 1 / 6) < 1e-6, beta == 0.5 {
          return try node.add(Operations.Activation(.hardSigmoid), node.input(0))
        }
        return try node.add(Self(.hardSigmoid, alpha: alpha, beta: beta), node.input(0))
      },
      ONNXImportRow("Clip") { try $0.clipped() },
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    let x = onnx.input(0)
    let (alpha, beta) = (ONNXAttribute.float(alpha), ONNXAttribute.float(beta))
    switch function {
    case .leakyRelu: return [onnx("LeakyRelu", x, attributes: ["alpha": alpha])]
    case .elu: return [onnx("Elu", x, attributes: ["alpha": alpha])]
    case .selu: return [onnx("Selu", x, attributes: ["alpha": alpha, "gamma": beta])]
    case .celu:
      // Celu itself takes no half precision.
      let factor = onnx.constant(self.alpha, "alpha")
      return [onnx("Mul", onnx("Elu", onnx("Div", x, factor), attributes: ["alpha": .float(1)]), factor)]
    case .thresholdedRelu: return [onnx("ThresholdedRelu", x, attributes: ["alpha": alpha])]
    case .hardSigmoid: return [onnx("HardSigmoid", x, attributes: ["alpha": alpha, "beta": beta])]
    case .shrink: return [onnx("Shrink", x, attributes: ["lambd": alpha, "bias": beta])]
    case .clip:
      return [onnx("Clip", x, onnx.constant(self.alpha, "min"), onnx.constant(self.beta, "max"))]
    case .scaledSwish: return [onnx("Mul", x, onnx("Sigmoid", onnx("Mul", x, onnx.constant(self.alpha, "alpha"))))]
    case .geluTanh:
      onnx.requires(operatorSet: 20)
      return [onnx("Gelu", x, attributes: ["approximate": .string("tanh")])]
    }
  }
}

extension Operations.PRelu: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [ONNXImportRow("PRelu") { node in try node.add(Self(), node.input(0), node.input(1)) }]
  }

  func export(to onnx: ONNXNode) -> [String] { [onnx("PRelu", onnx.input(0), onnx.input(1))] }
}

extension Operations.Unary: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    UnaryFunction.allCases.flatMap { function in
      let names = Set([function.onnx(.float32), function.onnx(.bool)])
      return names.sorted().map { name in
        ONNXImportRow(name) { node in
          let isNegative = node.flag("detect_negative", default: true)
          let isPositive = node.flag("detect_positive", default: true)
          if function == .isInfinite, !isNegative || !isPositive {
            // Nothing equals NaN.
            let found: Float = isPositive ? .infinity : isNegative ? -.infinity : .nan
            return try node.add(Operations.Binary(.equal), node.input(0), .number(found))
          }
          return try node.add(Self(function), node.input(0))
        }
      }
    }
  }

  func export(to onnx: ONNXNode) -> [String] {
    if function == .not, onnx.type(0).elementType != .bool { onnx.requires(operatorSet: 18) }
    return [onnx(function.onnx(onnx.type(0).elementType), onnx.input(0))]
  }
}

extension Operations.Select: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [ONNXImportRow("Where") { node in try node.add(Self(), (0..<3).map { try node.input($0) }) }]
  }

  func export(to onnx: ONNXNode) -> [String] { [onnx("Where", onnx.input(0), onnx.input(1), onnx.input(2))] }
}

extension Operations.Cast: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("Cast") { node in
        let number = node.integer("to", default: 0)
        guard let type = ONNXTensorProto.DataType(rawValue: number).flatMap({ ElementType(onnx: $0) }) else {
          throw ONNXRefusal("it converts to a type that is not supported (\(number))")
        }
        return try node.cast(node.input(0), to: type)
      },
      ONNXImportRow("CastLike") { node in try node.cast(node.input(0), to: node.type(1).elementType) },
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    let target = onnx.exporter.builder.inner(elementType)
    return [onnx("Cast", onnx.input(0), attributes: ["to": .int(target.onnx.rawValue)])]
  }
}

extension BinaryFunction {
  /// ONNX's name for values of an element type.
  fileprivate func onnx(_ type: ElementType) -> String {
    let prefix = type == .bool ? "" : "Bitwise"
    return switch self {
    case .add: "Add"
    case .subtract: "Sub"
    case .multiply: "Mul"
    case .divide: "Div"
    case .maximum: "Max"
    case .minimum: "Min"
    case .power: "Pow"
    case .modulo, .remainder: "Mod"
    case .equal: "Equal"
    case .less: "Less"
    case .lessOrEqual: "LessOrEqual"
    case .greater: "Greater"
    case .greaterOrEqual: "GreaterOrEqual"
    case .and: prefix + "And"
    case .or: prefix + "Or"
    case .xor: prefix + "Xor"
    }
  }
}

extension UnaryFunction {
  /// ONNX's name for values of an element type.
  fileprivate func onnx(_ type: ElementType) -> String {
    switch self {
    case .negate: "Neg"
    case .abs: "Abs"
    case .sign: "Sign"
    case .reciprocal: "Reciprocal"
    case .sqrt: "Sqrt"
    case .exp: "Exp"
    case .log: "Log"
    case .floor: "Floor"
    case .ceil: "Ceil"
    case .round: "Round"
    case .erf: "Erf"
    case .sin: "Sin"
    case .cos: "Cos"
    case .tan: "Tan"
    case .asin: "Asin"
    case .acos: "Acos"
    case .atan: "Atan"
    case .sinh: "Sinh"
    case .cosh: "Cosh"
    case .asinh: "Asinh"
    case .acosh: "Acosh"
    case .atanh: "Atanh"
    case .softplus: "Softplus"
    case .softsign: "Softsign"
    case .not: type == .bool ? "Not" : "BitwiseNot"
    case .isNaN: "IsNaN"
    case .isInfinite: "IsInf"
    }
  }
}
