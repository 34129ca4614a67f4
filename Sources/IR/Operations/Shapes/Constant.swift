import Tensors

extension Operations {
  /// Values that are part of the graph: small integers of shape arithmetic, and what specialization folds.
  ///
  /// No inputs. Results: the tensors.
  public struct Constant: Operation {
    /// `constant`.
    public static let name = "constant"
    /// The values.
    public var tensors: [Tensor]

    /// Creates constants of tensors.
    public init(_ tensors: [Tensor]) { self.tensors = tensors }

    /// Returns the types of the tensors.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      guard inputs.isEmpty else { throw ShapeError("it takes no inputs") }
      return tensors.map { .known($0) }
    }

    /// It depends on no input. The first axis need not be the batch.
    public var facts: OperationFacts { OperationFacts(reach: .batch, cost: .uncounted, integers: .none) }

    /// Returns the tensors.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] { tensors }
  }
}

extension Operations.Constant {
  private enum CodingKeys: String, CodingKey {
    case tensors
  }

  /// A tensor in JSON: integers and booleans as numbers, floating-point elements by their bits.
  fileprivate struct Coded: Codable {
    var type: String
    var shape: [Int]
    var elements: [Int]
  }

  /// Writes type, shape and elements of each tensor; floating-point elements as the bits of their float32.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(
      tensors.map { tensor in
        let isFloat = tensor.elementType.isFloatingPoint
        let elements =
          isFloat
          ? tensor.converted(to: .float32).elements(as: Float.self).map { Int($0.bitPattern) } : tensor.integers
        return Coded(
          type: (isFloat ? ElementType.float32 : tensor.elementType).rawValue, shape: tensor.shape, elements: elements)
      }, forKey: .tensors)
  }

  /// Reads tensors.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    tensors = try container.decode([Coded].self, forKey: .tensors).map { coded in
      guard let tensor = coded.tensor else {
        throw DecodingError.dataCorruptedError(
          forKey: .tensors, in: container, debugDescription: "a constant's elements do not fit its type and shape")
      }
      return tensor
    }
  }
}

extension Operations.Constant.Coded {
  /// The tensor; nil if elements do not fit.
  fileprivate var tensor: Tensor? {
    guard let type = ElementType(rawValue: type), let bytes = Tensor.byteCount(shape: shape, elementType: type),
      bytes == elements.count * type.byteCount
    else { return nil }
    func tensor<Element: TensorElement>(_ element: (Int) -> Element?) -> Tensor? {
      let converted = elements.compactMap(element)
      return converted.count == elements.count ? Tensor(converted, shape: shape) : nil
    }
    switch type {
    case .float32: return tensor { UInt32(exactly: $0).map { Float(bitPattern: $0) } }
    case .int64: return tensor { Int64(exactly: $0) }
    case .int32: return tensor { Int32(exactly: $0) }
    case .int8: return tensor { Int8(exactly: $0) }
    case .uint8: return tensor { UInt8(exactly: $0) }
    case .bool: return tensor { [0, 1].contains($0) ? $0 == 1 : nil }
    default: return nil
    }
  }
}
