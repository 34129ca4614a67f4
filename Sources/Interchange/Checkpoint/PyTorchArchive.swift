import Tensors

/// What `torch.save` writes since PyTorch 1.6: a ZIP archive with the pickle `data.pkl` and one record per storage,
/// all in a folder named after the file.
struct PyTorchArchive {
  private let archive: ZIPArchive
  private let folder: String
  private let isBigEndian: Bool
  /// What the pickle holds.
  let objects: PickledObjects
  private var loaded: [Int: Tensor] = [:]
  private var storageRanges: [Int: Range<Int>] = [:]
  private var copyBudget: Int

  /// Opens the archive and reads its pickle; tensors are read on demand.
  ///
  /// - Throws: `FormatError` for a damaged archive or pickle, ``CheckpointError`` for other archives and for pickles of
  ///   more than plain tensors.
  init(_ file: MappedFile) throws {
    archive = try ZIPArchive(file)
    let pickles = archive.entries.filter { entry in
      entry.name.hasSuffix("/data.pkl") && entry.name.filter { $0 == "/" }.count == 1
    }
    guard pickles.count == 1 else {
      let found = "a zip archive that torch.save did not write"
      throw CheckpointError.notACheckpoint(path: file.path, found: found)
    }
    let pickle = pickles[0]
    let folder = String(pickle.name.dropLast("data.pkl".count))
    self.folder = folder
    guard archive["\(folder)constants.pkl"] == nil,
      !archive.entries.contains(where: { $0.name.hasPrefix("\(folder)code/") })
    else { throw CheckpointError.torchScript(path: file.path) }
    isBigEndian = try Self.isBigEndian(archive, folder: folder)
    let range = try archive.checkedRange(of: pickle)
    guard range.count <= Unpickler.sizeLimit else {
      throw FormatError(
        path: file.path, offset: range.lowerBound, "the pickle has more than \(Unpickler.sizeLimit) bytes")
    }
    objects = try Unpickler.objects(in: file.copy(range), path: file.path, start: range.lowerBound)
    copyBudget = Self.copyBudget(of: file)
  }

  /// For a pickle from elsewhere over this archive's storages.
  init(_ archive: PyTorchArchive, objects: PickledObjects) {
    self.archive = archive.archive
    folder = archive.folder
    isBigEndian = archive.isBigEndian
    self.objects = objects
    copyBudget = Self.copyBudget(of: archive.archive.file)
  }

  /// The tensor with this index in ``objects``, called `name` in errors: a view on the file if it is contiguous.
  ///
  /// - Throws: `FormatError` if its storage is missing or damaged, or it reaches out of it.
  mutating func tensor(_ index: Int, named name: String) throws(FormatError) -> Tensor {
    if let tensor = loaded[index] { return tensor }
    let pickled = objects.tensors[index]
    let storage = try range(ofStorage: pickled.storage)
    guard let shape = objects.integers(ofTuple: pickled.shape), let strides = objects.integers(ofTuple: pickled.strides)
    else { throw error("the tensor \(name.quoted) has no shape") }
    let layout = TensorLayout(
      shape: shape, strides: strides, elementType: pickled.elementType, isBigEndian: isBigEndian)
    let (distance, overflow) = pickled.offset.multipliedReportingOverflow(by: pickled.elementType.byteCount)
    guard !overflow, distance >= 0, distance <= storage.count else {
      throw error("the tensor \(name.quoted) starts outside its storage")
    }
    let start = storage.lowerBound + distance
    if !layout.isNative || start % pickled.elementType.byteCount != 0 { try spend(layout, name) }
    let tensor = try archive.file.tensor(named: name.quoted, layout: layout, at: start, within: storage)
    loaded[index] = tensor
    return tensor
  }

  /// A stride of 0 can make terabytes of four bytes: what all copies together may take is bounded.
  private mutating func spend(_ layout: TensorLayout, _ name: String) throws(FormatError) {
    let byteCount = (layout.elementCount ?? .max).multipliedReportingOverflow(by: layout.elementType.byteCount)
    guard !byteCount.overflow, byteCount.partialValue <= copyBudget else {
      throw error(
        "the tensor \(name.quoted) of shape \(layout.shape) repeats elements beyond all proportion to the file")
    }
    copyBudget -= byteCount.partialValue
  }

  private static func copyBudget(of file: MappedFile) -> Int { 2 * file.count + (256 << 20) }

  private mutating func range(ofStorage index: Int) throws(FormatError) -> Range<Int> {
    if let range = storageRanges[index] { return range }
    let storage = objects.storages[index]
    guard let entry = archive["\(folder)data/\(storage.key)"] else {
      throw error("the storage \(storage.key.quoted) is missing in the archive")
    }
    let size = storage.count.multipliedReportingOverflow(by: storage.elementType?.byteCount ?? 1)
    guard !size.overflow, entry.isCompressed || size.partialValue == entry.range.count else {
      throw error("the storage \(storage.key.quoted) has \(entry.range.count) bytes, not \(storage.count) elements")
    }
    let range = try archive.checkedRange(of: entry)
    storageRanges[index] = range
    return range
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

  private func error(_ problem: String) -> FormatError { FormatError(path: archive.file.path, problem) }
}
