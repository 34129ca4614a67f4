import Tensors

extension Checkpoint {
  /// Opens a PyTorch file with tensors anywhere in it, or a safetensors file.
  ///
  /// The file's content decides, not its name. Nothing in the file is ever run: objects other than tensors and plain
  /// containers are skipped. The tensors' elements are read when they are needed.
  ///
  /// - Throws: `FileError` if the file cannot be opened, ``CheckpointError`` if it is something else or contains no
  ///   named tensors, `FormatError` if it is damaged.
  public static func load(_ path: String) throws -> Checkpoint { try load(MappedFile(path: path)) }

  /// Opens a checkpoint in a mapped file; throws what ``load(_:)-(String)`` throws.
  public static func load(_ file: MappedFile) throws -> Checkpoint {
    if PyTorchArchive.matches(file) { return try Checkpoint(PyTorchArchive.open(file), format: .pyTorch) }
    if LegacyPyTorchFile.matches(file) { return try Checkpoint(LegacyPyTorchFile.open(file), format: .legacyPyTorch) }
    if SafetensorsFile.matches(file) {
      let content = try SafetensorsFile(file)
      return Checkpoint(path: file.path, tensors: content.tensors, metadata: content.metadata)
    }
    throw CheckpointError.notACheckpoint(path: file.path, found: ForeignContent.describe(file))
  }
}
