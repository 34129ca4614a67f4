import Tensors

/// The names of element types in the Open Inference Protocol.
enum InferenceType {
  private static let names: [(name: String, type: ElementType)] = [
    ("BOOL", .bool), ("UINT8", .uint8), ("UINT16", .uint16), ("UINT32", .uint32), ("UINT64", .uint64), ("INT8", .int8),
    ("INT16", .int16), ("INT32", .int32), ("INT64", .int64), ("FP16", .float16), ("FP32", .float32),
    ("FP64", .float64), ("BF16", .bfloat16),
  ]

  /// Returns the name of a type.
  static func name(of type: ElementType) -> String { names.first { $0.type == type }?.name ?? "" }

  /// Returns the type with a name.
  ///
  /// - Throws: ``ServingError/request(_:)``.
  static func type(named name: String) throws(ServingError) -> ElementType {
    guard let type = names.first(where: { $0.name == name })?.type else {
      throw .request(
        "\(name.quoted) is not a type that models take: they take \(names.map(\.name).joined(separator: ", "))")
    }
    return type
  }
}
