/// A safetensors file: named tensors and strings, mapped into memory.
///
/// The format is eight bytes with the header's length, the header in JSON, then the tensors' bytes without gaps
/// (https://huggingface.co/docs/safetensors). Tensors are views of the file if they are aligned.
public struct SafetensorsFile: Sendable {
  /// The longest header that is read, as in the format's own implementation.
  public static let headerLimit = 100_000_000

  /// The tensors, in the header's order.
  public let tensors: NamedTensors
  /// The strings under `__metadata__`.
  public let metadata: [String: String]

  /// Returns whether the file looks like safetensors, even if it is cut off: a plausible header length, then `{`.
  public static func matches(_ file: MappedFile) -> Bool {
    headerLength(of: file) != nil && file.hasBytes([UInt8(ascii: "{")], at: 8)
  }

  /// Opens a file.
  ///
  /// - Throws: ``FileError`` if it cannot be opened; ``FormatError`` if it is not a safetensors file, if tensors
  ///   overlap, leave gaps or extend beyond the file, or have an unsupported element type.
  public init(path: String) throws { try self.init(MappedFile(path: path)) }

  /// Reads a mapped file; throws what ``init(path:)`` throws.
  public init(_ file: MappedFile) throws(FormatError) {
    guard let headerRange = Self.headerRange(of: file) else {
      throw FormatError(
        path: file.path, offset: 0,
        "not a safetensors file, or cut off: the header's length must be in bytes 0 to 7, at most \(Self.headerLimit)"
          + " and within the file's \(file.count) bytes")
    }
    let json = try JSON(parsing: file.copy(headerRange), path: file.path, start: headerRange.lowerBound)
    var metadata: [String: String] = [:]
    var tensors = NamedTensors()
    var ranges: [(name: String, range: Range<Int>)] = []
    for (name, field) in try json.document(path: file.path).entries() {
      if name == Self.metadataKey {
        for (key, value) in try field.entries() { metadata[key] = try value.string() }
      } else {
        let entry = try Entry(field, dataStart: headerRange.upperBound, fileSize: file.count)
        tensors[name] = try file.tensor(
          named: name.quoted, layout: entry.layout, at: entry.range.lowerBound, within: entry.range)
        ranges.append((name, entry.range))
      }
    }
    try Self.checkCoverage(ranges, of: headerRange.upperBound..<file.count, path: file.path)
    self.tensors = tensors
    self.metadata = metadata
  }

  static let metadataKey = "__metadata__"

  private static func headerLength(of file: MappedFile) -> Int? {
    guard let length = file.littleEndian(at: 0, as: UInt64.self), length >= 2, length <= UInt64(headerLimit) else {
      return nil
    }
    return Int(length)
  }

  private static func headerRange(of file: MappedFile) -> Range<Int>? {
    guard let length = headerLength(of: file), length <= file.count - 8 else { return nil }
    return 8..<8 + length
  }

  /// Checks that tensors follow each other without gap or overlap, to the end of the file.
  private static func checkCoverage(
    _ ranges: [(name: String, range: Range<Int>)], of data: Range<Int>, path: String
  ) throws(FormatError) {
    var end = data.lowerBound
    // Empty tensors first: they share their start with the next one.
    let order = { (range: Range<Int>) in (range.lowerBound, range.upperBound) }
    for (name, range) in ranges.sorted(by: { order($0.range) < order($1.range) }) {
      guard range.lowerBound == end else {
        let problem = range.lowerBound < end ? "overlaps the tensor before it" : "leaves a gap to the tensor before it"
        throw FormatError(path: path, offset: range.lowerBound, "tensor \(name.quoted) \(problem)")
      }
      end = range.upperBound
    }
    guard end == data.upperBound else {
      throw FormatError(path: path, offset: end, "\(data.upperBound - end) bytes at the end belong to no tensor")
    }
  }
}

/// A tensor's entry in the header.
private struct Entry {
  let layout: TensorLayout
  let range: Range<Int>

  init(_ field: JSONField, dataStart: Int, fileSize: Int) throws(FormatError) {
    let typeField = try field.required("dtype")
    let typeName = try typeField.string()
    guard let elementType = ElementType(safetensorsName: typeName) else {
      throw typeField.error("is \(typeName.quoted), an element type that is not supported")
    }
    layout = TensorLayout(shape: try field.required("shape").ints(), elementType: elementType)
    let offsetsField = try field.required("data_offsets")
    let offsets = try offsetsField.ints()
    guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= fileSize - dataStart else {
      throw offsetsField.error("is \(offsets.prefix(4)), not a range within the \(fileSize - dataStart) bytes of data")
    }
    guard Tensor.byteCount(shape: layout.shape, elementType: elementType) == offsets[1] - offsets[0] else {
      throw offsetsField.error(
        "is \(offsets), which does not hold exactly \(elementType) elements of shape \(layout.shape.prefix(8))")
    }
    range = dataStart + offsets[0]..<dataStart + offsets[1]
  }
}

extension ElementType {
  init?(safetensorsName name: String) {
    guard let type = Self.allCases.first(where: { $0.safetensorsName == name }) else { return nil }
    self = type
  }

  var safetensorsName: String {
    switch self {
    case .float64: "F64"
    case .float32: "F32"
    case .float16: "F16"
    case .bfloat16: "BF16"
    case .int64: "I64"
    case .int32: "I32"
    case .int16: "I16"
    case .int8: "I8"
    case .uint64: "U64"
    case .uint32: "U32"
    case .uint16: "U16"
    case .uint8: "U8"
    case .bool: "BOOL"
    }
  }
}
