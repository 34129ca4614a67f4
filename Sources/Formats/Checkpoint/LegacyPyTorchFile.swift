import Tensors

/// The format that `torch.save` wrote before PyTorch 1.6, and writes with `_use_new_zipfile_serialization=False`.
///
/// It has four pickles one after the other (a magic number, the version 1001, properties of the machine, the object),
/// then one with the list of the storages' keys, then each storage: the number of its elements, in eight bytes, and the
/// elements. Numbers are little-endian on every machine.
enum LegacyPyTorchFile {
  private static let version = 1001
  /// The pickle of the integer 0x1950a86a20f9469cfc6c, after the byte with the protocol.
  private static let magic: [UInt8] = [0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]

  static func matches(_ file: MappedFile) -> Bool { file.hasBytes([0x80]) && file.hasBytes(magic, at: 2) }

  /// Reads the pickles and finds the storages.
  ///
  /// - Throws: `FormatError` for a damaged or cut-off file, ``CheckpointError`` for a malicious pickle.
  static func open(_ file: MappedFile) throws -> PickledFile {
    let bytes = file.copy(0..<min(file.count, Unpickler.sizeLimit))
    var position = 0
    func next() throws -> PickledObjects { try Unpickler.objects(in: bytes, at: &position, path: file.path) }
    _ = try next()
    let version = try next().root
    guard version == .integer(Self.version) else {
      throw FormatError(path: file.path, offset: position, "the version of the format must be \(Self.version)")
    }
    _ = try next()
    let objects = try next()
    let keys = try next()
    return PickledFile(
      file: file, objects: objects,
      storages: .ranges(try ranges(of: keys, objects, from: position, in: file)), isBigEndian: false)
  }

  private static func ranges(
    of keys: PickledObjects, _ objects: PickledObjects, from start: Int, in file: MappedFile
  ) throws(FormatError) -> [String: Range<Int>] {
    guard case .list(let list) = keys.root else {
      throw FormatError(path: file.path, offset: start, "the storages' keys must be a list")
    }
    let kinds = Dictionary(objects.storages.map { ($0.key, $0.kind) }) { first, _ in first }
    var ranges: [String: Range<Int>] = [:]
    var position = start
    for value in keys.lists[list] {
      guard case .string(let key) = value, let kind = kinds[key], ranges[key] == nil else {
        throw FormatError(path: file.path, offset: position, "the list of storages has a key that is unknown, or twice")
      }
      guard let count: Int64 = file.littleEndian(at: position), count >= 0,
        case let (size, overflow) = Int(count).multipliedReportingOverflow(by: kind.byteCount), !overflow,
        size <= file.count - position - 8
      else {
        throw FormatError(
          path: file.path, offset: position,
          "the file is cut off in the storage \(key.quoted); copy or download the file again")
      }
      ranges[key] = position + 8..<position + 8 + size
      position += 8 + size
    }
    if let missing = objects.storages.first(where: { ranges[$0.key] == nil }) {
      throw FormatError(path: file.path, offset: position, "the storage \(missing.key.quoted) is missing in the file")
    }
    return ranges
  }
}
