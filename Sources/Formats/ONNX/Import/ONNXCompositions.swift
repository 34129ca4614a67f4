import IR
import Tensors

extension ONNXOperators {
  /// Operators that several operations make up, or none.
  static var compositions: [ONNXImportRow] {
    [
      ONNXImportRow("Identity") { try $0.input(0) },
      ONNXImportRow("Constant") { try $0.constant() },
      ONNXImportRow("Flatten") { node in
        let rank = try node.rank()
        let axis = node.integer("axis", default: 1)
        guard (-rank...rank).contains(axis) else { throw ONNXRefusal("it has no axis \(axis)") }
        return try node.flattened(node.input(0), at: axis < 0 ? axis + rank : axis)
      },
      ONNXImportRow("Squeeze") { node in
        let type = try node.type(0)
        let axes = try node.integers(attribute: "axes", orInput: 1) ?? type.shape.indices.filter { type.shape[$0] == 1 }
        return try node.squeezed(node.input(0), axes: ONNXImportedNode.axes(axes, rank: type.rank))
      },
      ONNXImportRow("Unsqueeze") { node in
        guard let axes = try node.integers(attribute: "axes", orInput: 1) else { throw ONNXRefusal("it has no axes") }
        return try node.unsqueezed(
          node.input(0), axes: ONNXImportedNode.axes(axes, rank: node.rank() + axes.count))
      },
      ONNXImportRow("Gemm") { try $0.gemm() },
      ONNXImportRow("Size") { node in
        try node.add(Operations.Reduce(.product, axes: [0]), node.add(Operations.Shape(), node.input(0)))
      },
      ONNXImportRow("Sum") { node in
        let values = node.allInputs()
        return try values.dropFirst().reduce(node.input(0)) { try node.add(Operations.Binary(.add), $0, $1) }
      },
      ONNXImportRow("Mean") { node in
        let values = node.allInputs()
        let sum = try values.dropFirst().reduce(node.input(0)) { try node.add(Operations.Binary(.add), $0, $1) }
        return try node.add(Operations.Binary(.multiply), sum, .number(1 / Float(values.count)))
      },
      ONNXImportRow("Gelu") { node in
        let x = try node.input(0)
        guard node.string("approximate", default: "none") == "tanh" else {
          return try node.add(Operations.Activation(.gelu), x)
        }
        return try node.add(Operations.ParametricActivation(.geluTanh, alpha: 0), x)
      },
      ONNXImportRow("Swish") { node in
        guard node.float("alpha", default: 1) == 1 else { throw ONNXRefusal("its alpha is not 1") }
        return try node.add(Operations.Activation(.swish), node.input(0))
      },
      ONNXImportRow("Mish") { node in
        let softplus = try node.add(Operations.Unary(.softplus), node.input(0))
        return try node.add(
          Operations.Binary(.multiply), node.input(0), node.add(Operations.Activation(.tanh), softplus))
      },
      ONNXImportRow("LpNormalization") { node in
        let power = node.integer("p", default: 2)
        guard [1, 2].contains(power) else { throw ONNXRefusal("its p is neither 1 nor 2") }
        let axis = try node.axis(default: -1, rank: node.rank())
        let norm = try node.add(
          Operations.Reduce(power == 1 ? .l1 : .l2, axes: [axis], keepsAxes: true), node.input(0))
        // Zeros stay zeros.
        let divisor = try node.add(Operations.Binary(.maximum), norm, .number(.leastNormalMagnitude))
        return try node.add(Operations.Binary(.divide), node.input(0), divisor)
      },
    ]
  }
}

/// A length of a target shape.
enum ONNXLength {
  /// That of an axis of the value that is reshaped.
  case axis(Int)
  case fixed(Int)
}

extension ONNXImportedNode {
  fileprivate func constant() throws -> ONNXValue {
    guard let attribute = node.attribute.first else { throw ONNXRefusal("it has no value") }
    switch attribute.name {
    case "value":
      guard let tensor = try tensor("value") else { throw ONNXRefusal("it has no value") }
      return .tensor(tensor, name: attribute.t.name.isEmpty ? nil : attribute.t.name)
    case "value_float": return .number(attribute.f)
    case "value_floats": return .tensor(Tensor(attribute.floats, shape: [attribute.floats.count]), name: nil)
    case "value_int": return .tensor(Tensor([attribute.i], shape: []), name: nil)
    case "value_ints": return .tensor(Tensor(attribute.ints, shape: [attribute.ints.count]), name: nil)
    default: throw ONNXRefusal("its \(attribute.name.printable) is not supported")
    }
  }

  /// α · A · B + β · C; with weights that are known as a linear layer.
  fileprivate func gemm() throws -> ONNXValue {
    let (alpha, beta) = (float("alpha", default: 1), float("beta", default: 1))
    let turn = { (value: ONNXValue) in try add(Operations.Permute([1, 0]), value) }
    let a = try flag("transA", default: false) ? turn(input(0)) : input(0)
    let isTransposed = flag("transB", default: false)
    if alpha == 1, beta == 1, case .tensor = try input(1), try !has(2) || type(2).rank == 1 && isKnown(2) {
      let weight = try isTransposed ? input(1) : turn(input(1))
      guard let outputs = try type(of: weight).shape.first else { throw ONNXRefusal("its B has no axes") }
      // A bias of one number broadcasts, which a linear layer's does not.
      if try !has(2) || type(2).shape == [outputs] {
        return try add(Operations.Linear(), [a, weight] + (has(2) ? [input(2)] : []))
      }
    }
    var product = try add(Operations.MatMul(), a, isTransposed ? turn(input(1)) : input(1))
    if alpha != 1 { product = try add(Operations.Binary(.multiply), product, .number(alpha)) }
    guard has(2) else { return product }
    let c = try beta == 1 ? input(2) : add(Operations.Binary(.multiply), input(2), .number(beta))
    return try add(Operations.Binary(.add), product, c)
  }

  private func isKnown(_ index: Int) throws(ONNXRefusal) -> Bool {
    if case .tensor = try input(index) { true } else { false }
  }

  // MARK: Shapes

  /// Returns a value with the axes before one as its first, and all others as its second.
  func flattened(_ x: ONNXValue, at axis: Int) throws -> ONNXValue {
    let shape = try type(of: x).shape
    // −1 stands for one product, and 0 for an axis that stays.
    if axis == 1, shape[0].value != 0 { return try add(Operations.Reshape([shape[0].value ?? 0, -1]), x) }
    let before = shape[..<axis].compactMap(\.value)
    if before.count == axis { return try add(Operations.Reshape([before.reduce(1, *), -1]), x) }
    let after = shape[axis...].compactMap(\.value)
    guard after.count == shape.count - axis else {
      throw ONNXRefusal("\(shape) cannot be flattened at axis \(axis): give the inputs' shapes")
    }
    return try add(Operations.Reshape([-1, after.reduce(1, *)]), x)
  }

  /// Returns a value without some axes, which have the length 1.
  func squeezed(_ x: ONNXValue, axes: [Int]) throws -> ONNXValue {
    let shape = try type(of: x).shape
    if let axis = axes.first(where: { (shape[$0].value ?? 1) != 1 }) {
      throw ONNXRefusal("axis \(axis) has the length \(shape[axis]), not 1")
    }
    return try reshaped(x, to: shape.indices.filter { !axes.contains($0) }.map { .axis($0) })
  }

  /// Returns a value with axes of length 1 at some places of the result.
  func unsqueezed(_ x: ONNXValue, axes: [Int]) throws -> ONNXValue {
    let rank = try type(of: x).rank + axes.count
    guard rank <= ValueType.maximumRank else { throw ONNXRefusal("its result would have \(rank) axes") }
    var next = 0
    return try reshaped(
      x,
      to: (0..<rank).map { axis in
        if axes.contains(axis) { return .fixed(1) }
        defer { next += 1 }
        return .axis(next)
      })
  }

  /// Returns a value with another shape.
  func reshaped(_ x: ONNXValue, to lengths: [ONNXLength]) throws -> ONNXValue {
    let shape = try type(of: x).shape
    let dimensions = lengths.map { length -> Dimension in
      switch length {
      case .axis(let axis): shape[axis]
      case .fixed(let length): .fixed(length)
      }
    }
    if let target = Self.attribute(for: dimensions, of: shape) { return try add(Operations.Reshape(target), x) }
    let all = try add(Operations.Shape(), x)
    let parts = try lengths.map { length -> ONNXValue in
      switch length {
      case .axis(let axis): try add(Operations.Slice(axis: 0, start: axis, end: axis + 1), all)
      case .fixed(let length): .integers([length])
      }
    }
    return try add(Operations.ReshapeTo(), x, add(Operations.Concat(axis: 0), parts))
  }

  /// Returns the attribute of a reshape to some lengths, with 0 for an axis that stays and −1 for one that follows; nil
  /// if several that are not known do.
  static func attribute(for lengths: [Dimension], of shape: [Dimension]) -> [Int]? {
    var target = lengths.enumerated().map { axis, length in
      length.value ?? (axis < shape.count && shape[axis] == length ? 0 : -1)
    }
    // 0 means another thing: only an axis of that length can stand for it.
    for (axis, length) in lengths.enumerated() where length == 0 {
      guard axis < shape.count, shape[axis] == 0 else { return nil }
    }
    // A single axis that is copied can be inferred as well, which is right for more shapes.
    if target.count(where: { $0 == -1 }) > 1 { return nil }
    if shape.contains(0) { target = target.map { $0 == -1 ? 0 : $0 } }
    return target
  }

  /// Returns a value that is repeated to the broadcast of its shape and another one, which need not be known.
  func expanded(_ x: ONNXValue, to shape: ONNXValue) throws -> ONNXValue {
    guard case .tensor(let tensor, _) = shape else { return try add(Operations.ExpandTo(), x, shape) }
    return try add(Operations.Expand(shape: tensor.integers), x)
  }

  /// Returns values joined along an axis.
  func concatenated(_ values: [ONNXValue], axis: Int) throws -> ONNXValue {
    values.count == 1 ? values[0] : try add(Operations.Concat(axis: axis), values)
  }

  /// Returns consecutive parts of an axis.
  func split(_ x: ONNXValue, axis: Int, counts: [Int]) throws -> [ONNXValue] {
    guard counts.allSatisfy({ $0 >= 0 }),
      let total = counts.reduce(
        Optional(0),
        { sum, count in
          sum.flatMap {
            let (value, overflow) = $0.addingReportingOverflow(count); return overflow ? nil : value
          }
        })
    else { throw ONNXRefusal("it cannot split by \(counts)") }
    if let length = try type(of: x).shape[axis].value, length != total {
      throw ONNXRefusal("it splits \(length) elements into parts of \(counts)")
    }
    var start = 0
    return try counts.map { count in
      defer { start += count }
      return try add(Operations.Slice(axis: axis, start: start, end: start + count), x)
    }
  }
}
