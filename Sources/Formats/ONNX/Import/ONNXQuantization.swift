import IR
import Tensors

extension ONNXOperators {
  /// Operators between real numbers and the integers that stand for them, computed in floating point.
  static var quantization: [ONNXImportRow] {
    [
      ONNXImportRow("DequantizeLinear") { try $0.dequantized() },
      ONNXImportRow("QuantizeLinear") { try $0.quantized() },
    ]
  }
}

extension ONNXImportedNode {
  /// (x − zero point) · scale. An initializer of integers becomes a weight, four times as large as bytes in the file; a second
  /// time it is computed as other constants are, within the budget for them.
  fileprivate func dequantized() throws -> ONNXValue {
    guard try !type(0).elementType.isFloatingPoint else { throw ONNXRefusal("its input is not of integers") }
    let scale = try cast(alongAxis(1), to: .float32)
    var factors = [scale]
    if has(2) { factors.append(try cast(alongAxis(2), to: .float32)) }
    if case .tensor(let integers, let name?) = try input(0), importer.startsDequantizing(name) {
      let known = factors.compactMap { if case .tensor(let tensor, _) = $0 { tensor } else { nil } }
      if known.count == factors.count {
        var real = Operations.Cast(to: .float32).evaluate([integers])[0]
        if known.count > 1 { real = try evaluate(.subtract, real, known[1]) }
        return .tensor(try evaluate(.multiply, real, known[0]), name: name)
      }
    }
    var real = try cast(input(0), to: .float32)
    if factors.count > 1 { real = try add(Operations.Binary(.subtract), real, factors[1]) }
    return try add(Operations.Binary(.multiply), real, scale)
  }

  /// round(x / scale) + zero point, within the range of the integers.
  fileprivate func quantized() throws -> ONNXValue {
    let target = try target()
    guard let range = target.integerRange else { throw ONNXRefusal("it makes \(target), not integers of 8 or 16 bits") }
    let scaled = try add(
      Operations.Binary(.divide), cast(input(0), to: .float32), cast(alongAxis(1), to: .float32))
    var integers = try add(Operations.Unary(.round), scaled)
    if has(2) { integers = try add(Operations.Binary(.add), integers, cast(alongAxis(2), to: .float32)) }
    let limited = try add(
      Operations.ParametricActivation(.clip, alpha: range.lowerBound, beta: range.upperBound), integers)
    return try cast(limited, to: target)
  }

  /// The element type of the result: that of the zero point, or of an attribute, or bytes.
  private func target() throws -> ElementType {
    if has(2) { return try type(2).elementType }
    let number = integer("output_dtype", default: 0)
    if number == 0 { return .uint8 }
    guard let type = ONNXTensorProto.DataType(rawValue: number).flatMap({ ElementType(onnx: $0) }) else {
      throw ONNXRefusal("its element type \(number) is not supported")
    }
    return type
  }

  /// Returns the scale or zero point: one number, or one for each index of the axis, as it broadcasts.
  private func alongAxis(_ index: Int) throws -> ONNXValue {
    guard integer("block_size", default: 0) == 0 else { throw ONNXRefusal("its scales are those of blocks") }
    let (x, own) = try (type(0), type(index))
    if own.rank == 0 { return try input(index) }
    guard own.rank == 1, let count = own.shape[0].value else {
      throw ONNXRefusal("input \(index) must have one number, or one for each index of an axis")
    }
    if count == 1 { return try add(Operations.Reshape([]), input(index)) }
    let axis = try axis(default: 1, rank: x.rank)
    guard x.shape[axis].value == count else {
      throw ONNXRefusal("input \(index) has \(count) numbers for an axis of length \(x.shape[axis])")
    }
    return try unsqueezed(input(index), axes: (0..<x.rank).filter { $0 != axis })
  }

  private func evaluate(_ function: BinaryFunction, _ a: Tensor, _ b: Tensor) throws -> Tensor {
    try Operations.Binary(function).evaluate([a, b])[0]
  }
}

extension ElementType {
  /// The integers that float32 counts exactly, and that values are quantized to; nil for other types.
  fileprivate var integerRange: ClosedRange<Float>? {
    switch self {
    case .uint8: 0...255
    case .int8: -128...127
    case .uint16: 0...65535
    case .int16: -32768...32767
    default: nil
    }
  }
}
