import Tensors

/// The format that `torch.save` writes since PyTorch 1.6: a ZIP archive with the pickle `data.pkl` and one record per
/// storage, all in a folder named after the file.
enum PyTorchArchive {
  static func matches(_ file: MappedFile) -> Bool {
    // A ZIP archive starts with its first entry, an empty one with its end.
    file.hasBytes([0x50, 0x4B, 3, 4]) || file.hasBytes([0x50, 0x4B, 5, 6])
  }

  /// Opens the archive and reads its pickle.
  ///
  /// - Throws: `FormatError` for a damaged archive or pickle, ``CheckpointError`` for other archives.
  static func open(_ file: MappedFile) throws -> PickledFile {
    let archive = try ZIPArchive(file)
    let pickles = archive.entries.filter { entry in
      entry.name.hasSuffix("/data.pkl") && entry.name.filter { $0 == "/" }.count == 1
    }
    guard pickles.count == 1 else {
      let found = "a zip archive that torch.save did not write"
      throw CheckpointError.notACheckpoint(path: file.path, found: found)
    }
    let pickle = pickles[0]
    let folder = String(pickle.name.dropLast("data.pkl".count))
    guard archive["\(folder)constants.pkl"] == nil,
      !archive.entries.contains(where: { $0.name.hasPrefix("\(folder)code/") })
    else { throw CheckpointError.torchScript(path: file.path) }
    let isBigEndian = try isBigEndian(archive, folder: folder)
    let range = try archive.checkedRange(of: pickle)
    guard range.count <= Unpickler.sizeLimit else {
      throw FormatError(
        path: file.path, offset: range.lowerBound, "the pickle has more than \(Unpickler.sizeLimit) bytes")
    }
    return PickledFile(
      file: file, objects: try Unpickler.objects(in: file.copy(range), path: file.path, start: range.lowerBound),
      storages: .archive(archive, folder: folder), isBigEndian: isBigEndian)
  }

  private static func isBigEndian(_ archive: ZIPArchive, folder: String) throws(FormatError) -> Bool {
    guard let entry = archive["\(folder)byteorder"] else { return false }
    let range = try archive.checkedRange(of: entry)
    for (name, isBigEndian) in [("little", false), ("big", true)] {
      if range.count == name.utf8.count, archive.file.hasBytes(Array(name.utf8), at: range.lowerBound) {
        return isBigEndian
      }
    }
    throw FormatError(path: archive.file.path, offset: range.lowerBound, "the byte order must be little or big")
  }
}
