/// NumPy's `.npy` files: one array each.
///
/// The format: a magic string, a version, the header's length and a Python dictionary
/// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
public enum NumPyFile {
  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// The largest header in bytes; real ones have a few dozen, so one near this limit is damage or an attack.
  private static let headerLimit = 65535

  /// Reads an array of format 1.0 to 3.0, in C or Fortran order, little- or big-endian.
  ///
  /// A C-order little-endian array is a view of the file.
  /// - Throws: ``FileError`` if the file cannot be opened, ``FormatError`` if it is damaged or its elements are not plain
  ///   numbers or booleans.
  public static func read(_ path: String) throws -> Tensor { try read(MappedFile(path: path)) }

  /// Reads an array from a mapped file; throws what ``read(_:)-(String)`` throws.
  public static func read(_ file: MappedFile) throws(FormatError) -> Tensor {
    let headerRange = try headerRange(of: file)
    var parser = NumPyHeaderParser(
      bytes: file.copy(headerRange), path: file.path, start: headerRange.lowerBound)
    let layout = try parser.layout()
    let data = headerRange.upperBound..<file.count
    let tensor = try file.tensor(named: "the array", layout: layout, at: data.lowerBound, within: data)
    guard tensor.byteCount == data.count else {
      throw FormatError(
        path: file.path, offset: data.lowerBound + tensor.byteCount,
        "\(data.count - tensor.byteCount) bytes follow the array; a file must hold one array only")
    }
    return tensor
  }

  /// Writes an array in C order, as a whole or not at all; bfloat16, which NumPy lacks, as the same values in float32.
  ///
  /// - Throws: ``FileError`` if the file cannot be written.
  public static func write(_ tensor: Tensor, to path: String) throws {
    let tensor = tensor.elementType == .bfloat16 ? tensor.converted(to: .float32) : tensor
    let lengths = tensor.shape.map(String.init).joined(separator: ", ") + (tensor.rank == 1 ? "," : "")
    let type = tensor.elementType.numPyName
    var header = Array("{'descr': '\(type)', 'fortran_order': False, 'shape': (\(lengths)), }".utf8)
    // Magic, version, length, header and the newline together fill a multiple of 64 bytes.
    let padding = (64 - (magic.count + 4 + header.count + 1) % 64) % 64
    header.append(contentsOf: repeatElement(UInt8(ascii: " "), count: padding))
    header.append(UInt8(ascii: "\n"))
    let length = [UInt8(header.count & 0xFF), UInt8(header.count >> 8)]
    try AtomicFile.write(to: path) { file in
      try file.append(magic + [1, 0] + length + header)
      try file.append(tensor)
    }
  }

  private static func headerRange(of file: MappedFile) throws(FormatError) -> Range<Int> {
    guard file.hasBytes(magic) else {
      let hint = file.hasBytes(Array("PK".utf8)) ? " but a zip archive, such as .npz: use numpy.save" : ""
      throw FormatError(path: file.path, offset: 0, "not a NumPy .npy file" + hint)
    }
    guard let major = file.littleEndian(at: 6, as: UInt8.self), (1...3).contains(major) else {
      throw FormatError(path: file.path, offset: 6, "the .npy format version must be 1, 2 or 3")
    }
    let start = major == 1 ? 10 : 12
    let length =
      major == 1
      ? file.littleEndian(at: 8, as: UInt16.self).map(Int.init)
      : file.littleEndian(at: 8, as: UInt32.self).map(Int.init)
    guard let length, length <= headerLimit, length <= file.count - start else {
      throw FormatError(
        path: file.path, offset: 8, "the .npy header is longer than the file or \(headerLimit) bytes")
    }
    return start..<start + length
  }
}

extension ElementType {
  /// NumPy's type string; little-endian, as everything that this package writes.
  fileprivate var numPyName: String {
    switch self {
    case .bool: "|b1"
    case .int8: "|i1"
    case .uint8: "|u1"
    case .int16, .int32, .int64: "<i\(byteCount)"
    case .uint16, .uint32, .uint64: "<u\(byteCount)"
    case .float16, .float32, .float64: "<f\(byteCount)"
    case .bfloat16: "<f4"
    }
  }
}
