import Tensors

extension Checkpoint {
  /// Reads a checkpoint of PyTorch (a bare state dict, or one under `model_state` or `state_dict`) or a safetensors file.
  ///
  /// The file's content decides, not its name. Nothing in the file is ever run.
  ///
  /// - Throws: `FileError` if the file cannot be opened, ``CheckpointError`` if it is something else or holds more than
  ///   plain tensors, `FormatError` if it is damaged.
  public static func load(_ path: String) throws -> Checkpoint { try load(MappedFile(path: path)) }

  /// Reads a checkpoint from a mapped file; throws as ``load(_:)-(String)`` does.
  public static func load(_ file: MappedFile) throws -> Checkpoint {
    let path = file.path
    // A zip archive starts with its first entry, an empty one with its end.
    if file.hasBytes([0x50, 0x4B, 3, 4]) || file.hasBytes([0x50, 0x4B, 5, 6]) {
      var archive = try PyTorchArchive(file)
      return try Checkpoint(path: path, archive: &archive)
    }
    if SafetensorsFile.matches(file) {
      let content = try SafetensorsFile(file)
      return Checkpoint(path: path, form: .safetensors, tensors: content.tensors, metadata: content.metadata)
    }
    // The pickle of the integer 0x1950a86a20f9469cfc6c, from protocol 2 on.
    let legacyMagic: [UInt8] = [0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
    if file.hasBytes([0x80]), file.hasBytes(legacyMagic, at: 2) { throw CheckpointError.legacyFormat(path: path) }
    throw CheckpointError.notACheckpoint(path: path, found: ForeignContent.describe(file))
  }

  init(path: String, archive: inout PyTorchArchive) throws {
    let objects = archive.objects
    guard case .dictionary(let rootIndex) = objects.root else {
      throw CheckpointError.noStateDict(path: path, found: objects.root.kind)
    }
    let root = objects.dictionaries[rootIndex]
    for (key, form) in [("model_state", Form.modelState), ("state_dict", .stateDict)] {
      guard case .dictionary(let index) = root[key] else { continue }
      let tensors = try Self.tensors(of: objects.dictionaries[index], path: path, archive: &archive)
      let others = root.keys.filter { $0 != .string(key) }.map(\.keyText)
      self.init(path: path, form: form, tensors: tensors, ignoredKeys: others)
      return
    }
    guard root.values.contains(where: { if case .tensor = $0 { true } else { false } }) else {
      let keys = root.keys.prefix(10).map { $0.keyText.quoted }.joined(separator: ", ")
      let more = root.keys.count > 10 ? ", …" : ""
      let found = root.keys.isEmpty ? "an empty dict" : "a dict with the keys \(keys)\(more)"
      throw CheckpointError.noStateDict(path: path, found: found)
    }
    self.init(path: path, form: .bare, tensors: try Self.tensors(of: root, path: path, archive: &archive))
  }

  private static func tensors(
    of dictionary: PickleDictionary, path: String, archive: inout PyTorchArchive
  ) throws -> NamedTensors {
    var tensors = NamedTensors()
    for (key, value) in zip(dictionary.keys, dictionary.values) {
      guard case .string(let name) = key, case .tensor(let index) = value else {
        throw CheckpointError.notATensor(path: path, name: key.keyText, found: value.kind)
      }
      tensors[name] = try archive.tensor(index, named: name)
    }
    guard tensors.count > 0 else { throw CheckpointError.noStateDict(path: path, found: "an empty one") }
    return tensors
  }
}

extension PickleValue {
  /// A dictionary's key as text.
  fileprivate var keyText: String {
    switch self {
    case .string(let text): text
    case .integer(let value): "\(value)"
    default: kind
    }
  }
}
