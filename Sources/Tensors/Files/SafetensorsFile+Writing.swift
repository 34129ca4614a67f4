extension SafetensorsFile {
  /// Writes a file, as a whole or not at all; the same tensors and strings always give the same bytes.
  ///
  /// The data starts at a 64-byte boundary. Tensors are sorted by element size, largest first, then by name, and stored
  /// without gaps, so that each is aligned for its elements.
  ///
  /// - Throws: ``FileError`` if the file cannot be written, ``FormatError`` for a tensor called `__metadata__` or a
  ///   header beyond ``headerLimit``.
  public static func write(_ tensors: NamedTensors, metadata: [String: String] = [:], to path: String) throws {
    let sorted = inFileOrder(tensors)
    let header = try header(for: sorted, metadata: metadata, path: path)
    try AtomicFile.write(to: path) { file in
      try file.append(header)
      for (_, tensor) in sorted { try file.append(tensor) }
    }
  }

  /// Returns the bytes of a file, as ``write(_:metadata:to:)`` writes them.
  ///
  /// - Throws: ``FormatError`` for a tensor called `__metadata__` or a header beyond ``headerLimit``.
  public static func bytes(
    of tensors: NamedTensors, metadata: [String: String] = [:]
  ) throws(FormatError) -> [UInt8] {
    let sorted = inFileOrder(tensors)
    var bytes = try header(for: sorted, metadata: metadata, path: "the tensors")
    bytes.reserveCapacity(sorted.reduce(bytes.count) { $0 + $1.tensor.byteCount })
    for (_, tensor) in sorted { tensor.withUnsafeBytes { bytes.append(contentsOf: $0) } }
    return bytes
  }

  private static func inFileOrder(_ tensors: NamedTensors) -> [(name: String, tensor: Tensor)] {
    tensors.sorted { left, right in
      let (a, b) = (left.tensor.elementType.byteCount, right.tensor.elementType.byteCount)
      return a == b ? left.name < right.name : a > b
    }
  }

  /// Returns the header's length and the header, padded with spaces.
  private static func header(
    for tensors: [(name: String, tensor: Tensor)], metadata: [String: String], path: String
  ) throws(FormatError) -> [UInt8] {
    var entries = JSONObject()
    if !metadata.isEmpty {
      let strings = metadata.sorted { $0.key < $1.key }.map { ($0.key, JSON.string($0.value)) }
      entries[metadataKey] = .object(JSONObject(strings))
    }
    var offset = 0
    for (name, tensor) in tensors {
      guard name != metadataKey else {
        throw FormatError(path: path, "a tensor in a safetensors file cannot be called \(metadataKey)")
      }
      let end = offset + tensor.byteCount
      entries[name] = [
        "dtype": .string(tensor.elementType.safetensorsName), "shape": JSON(tensor.shape),
        "data_offsets": JSON([offset, end]),
      ]
      offset = end
    }
    var text = Array(JSON.object(entries).text().utf8)
    let padding = (64 - (8 + text.count) % 64) % 64
    text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: padding))
    guard text.count <= headerLimit else {
      throw FormatError(path: path, "the safetensors header would have \(text.count) bytes, over \(headerLimit)")
    }
    let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
    return length + text
  }
}
