import Tensors

/// Numbers of requests and results in JSON.
enum InferenceNumbers {
  /// Whether elements of a type can be written as JSON.
  static func hasJSON(_ type: ElementType) -> Bool { type != .float16 && type != .bfloat16 }

  /// Returns a tensor of numbers, as many as the shape has.
  ///
  /// - Throws: ``ServingError/request(_:)`` if one is not of the type.
  static func tensor(
    of numbers: [JSON], shape: [Int], elementType: ElementType, name: String
  ) throws(ServingError) -> Tensor {
    func integers<Element: TensorElement & FixedWidthInteger>(_ type: Element.Type) throws(ServingError) -> Tensor {
      Tensor(
        try numbers.map { number throws(ServingError) in
          guard case .integer(let value) = number, let element = Element(exactly: value) else { throw wrong(number) }
          return element
        }, shape: shape)
    }
    func floats<Element: TensorElement & BinaryFloatingPoint>(_ type: Element.Type) throws(ServingError) -> Tensor {
      Tensor(
        try numbers.map { number throws(ServingError) in
          switch number {
          case .integer(let value): Element(value)
          case .number(let value): Element(value)
          default: throw wrong(number)
          }
        }, shape: shape)
    }
    func wrong(_ number: JSON) -> ServingError {
      .request(
        "\(number.text().prefix(40)) in the input \(name.quoted) is not of type \(InferenceType.name(of: elementType))")
    }
    switch elementType {
    case .float32: return try floats(Float.self)
    case .float64: return try floats(Double.self)
    case .int8: return try integers(Int8.self)
    case .int16: return try integers(Int16.self)
    case .int32: return try integers(Int32.self)
    case .int64: return try integers(Int64.self)
    case .uint8: return try integers(UInt8.self)
    case .uint16: return try integers(UInt16.self)
    case .uint32: return try integers(UInt32.self)
    case .uint64: return try integers(UInt64.self)
    case .bool:
      return Tensor(
        try numbers.map { number throws(ServingError) in
          switch number {
          case .bool(let value): value
          case .integer(0): false
          case .integer(1): true
          default: throw wrong(number)
          }
        }, shape: shape)
    case .float16, .bfloat16:
      throw ServingError.request("\(InferenceType.name(of: elementType)) elements are sent as bytes, not in JSON")
    }
  }

  /// Returns the elements, in order. Infinity and NaN, which JSON has no numbers for, are null.
  static func json(of tensor: Tensor) -> JSON {
    func integers<Element: TensorElement & FixedWidthInteger>(_ type: Element.Type) -> JSON {
      .array(tensor.elements(as: type).map { Int64(exactly: $0).map { .integer($0) } ?? .number(Double($0)) })
    }
    func floats<Element: TensorElement & BinaryFloatingPoint>(_ type: Element.Type) -> JSON {
      .array(tensor.elements(as: type).map { $0.isFinite ? .number(Double($0)) : .null })
    }
    return switch tensor.elementType {
    case .float32: floats(Float.self)
    case .float64: floats(Double.self)
    case .int8: integers(Int8.self)
    case .int16: integers(Int16.self)
    case .int32: integers(Int32.self)
    case .int64: integers(Int64.self)
    case .uint8: integers(UInt8.self)
    case .uint16: integers(UInt16.self)
    case .uint32: integers(UInt32.self)
    case .uint64: integers(UInt64.self)
    case .bool: .array(tensor.elements(as: Bool.self).map { .bool($0) })
    case .float16, .bfloat16: .null
    }
  }
}

extension Tensor {
  /// The type's name in the Open Inference Protocol.
  public var inferenceType: String { InferenceType.name(of: elementType) }

  /// Creates the tensor of an input.
  ///
  /// - Parameters:
  ///   - inferenceType: The type's name in the Open Inference Protocol.
  ///   - shape: The shape.
  ///   - name: The name of the input, for errors.
  ///   - bytes: The elements as bytes; nil for numbers.
  ///   - numbers: The elements as numbers, where there are no bytes.
  /// - Throws: ``ServingError/request(_:)``.
  public init(
    inferenceType: String, shape: [Int], name: String, bytes: [UInt8]?, numbers: [JSON]
  ) throws(ServingError) {
    let type = try InferenceType.type(named: inferenceType)
    let mostAxes = 16
    guard shape.count <= mostAxes else {
      throw .request(
        "the input \(String(name.prefix(100)).quoted) has \(shape.count) axes, but \(mostAxes) is the limit")
    }
    guard shape.allSatisfy({ $0 >= 0 }), let byteCount = Tensor.byteCount(shape: shape, elementType: type) else {
      throw .request("the shape of the input \(name.quoted) is not one: \(shape)")
    }
    let found = bytes?.count ?? numbers.count
    let expected = bytes == nil ? byteCount / type.byteCount : byteCount
    // A shape that claims more than was sent allocates nothing.
    guard found == expected else {
      throw .request(
        "the input \(name.quoted) of shape \(shape) has \(expected) \(bytes == nil ? "elements" : "bytes"), but \(found) were sent"
      )
    }
    if let bytes {
      self.init(zeros: shape, elementType: type)
      withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
    } else {
      self = try InferenceNumbers.tensor(of: numbers, shape: shape, elementType: type, name: name)
    }
  }
}
