import Tensors

/// A file of `torch.save`: the contents of its pickle, and the places of the storages in the file.
struct PickledFile: Sendable {
  /// The places of the storages that the pickle refers to.
  enum Storages: Sendable {
    /// Records of an archive, in its folder `data`.
    case archive(ZIPArchive, folder: String)
    /// Ranges of the file, by key.
    case ranges([String: Range<Int>])
  }

  let file: MappedFile
  let objects: PickledObjects
  let storages: Storages
  let isBigEndian: Bool
}

/// Creates tensors from the descriptions in a pickle; the size of all copies together is limited.
struct PickledTensorReader {
  private let source: PickledFile
  private var loaded: [Int: Tensor] = [:]
  private var ranges: [String: Range<Int>] = [:]
  private var copyBudget: Int

  init(_ source: PickledFile) {
    self.source = source
    copyBudget = 2 * source.file.count + (256 << 20)
  }

  /// Returns the tensor with an index in the pickle, called `name` in errors: a view of the file if it is contiguous.
  ///
  /// - Throws: `FormatError` if its storage is missing or damaged, or it extends beyond it.
  mutating func tensor(_ index: Int, named name: String) throws(FormatError) -> Tensor {
    if let tensor = loaded[index] { return tensor }
    let objects = source.objects
    let pickled = objects.tensors[index]
    let storage = try range(of: objects.storages[pickled.storage])
    guard let shape = objects.integers(ofTuple: pickled.shape), let strides = objects.integers(ofTuple: pickled.strides)
    else { throw error("the tensor \(name.quoted) has no shape") }
    let layout = TensorLayout(
      shape: shape, strides: strides, elementType: pickled.elementType, isBigEndian: source.isBigEndian)
    let (distance, overflow) = pickled.offset.multipliedReportingOverflow(by: pickled.elementType.byteCount)
    guard !overflow, distance >= 0, distance <= storage.count else {
      throw error("the tensor \(name.quoted) starts outside its storage")
    }
    let start = storage.lowerBound + distance
    if !layout.isNative || start % pickled.elementType.byteCount != 0 { try spend(layout, name) }
    let tensor = try source.file.tensor(named: name.quoted, layout: layout, at: start, within: storage)
    loaded[index] = tensor
    return tensor
  }

  /// Counts a copy against the limit: with a stride of 0, four bytes can become terabytes.
  private mutating func spend(_ layout: TensorLayout, _ name: String) throws(FormatError) {
    let byteCount = (layout.elementCount ?? .max).multipliedReportingOverflow(by: layout.elementType.byteCount)
    guard !byteCount.overflow, byteCount.partialValue <= copyBudget else {
      throw error(
        "the tensor \(name.quoted) of shape \(layout.shape) repeats elements beyond all proportion to the file")
    }
    copyBudget -= byteCount.partialValue
  }

  /// Returns the bytes of a storage, or of the window of one.
  private mutating func range(of storage: PickledStorage) throws(FormatError) -> Range<Int> {
    let whole: Range<Int>
    if let known = ranges[storage.key] { whole = known } else { whole = try checkedRange(of: storage) }
    ranges[storage.key] = whole
    let size = storage.kind.byteCount
    return whole.lowerBound + storage.window.lowerBound * size..<whole.lowerBound + storage.window.upperBound * size
  }

  private func checkedRange(of storage: PickledStorage) throws(FormatError) -> Range<Int> {
    let (size, overflow) = storage.count.multipliedReportingOverflow(by: storage.kind.byteCount)
    let range: Range<Int>
    var entry: ZIPEntry?
    switch source.storages {
    case .archive(let archive, let folder):
      entry = archive["\(folder)data/\(storage.key)"]
      guard let entry else { throw error("the storage \(storage.key.quoted) is missing in the archive") }
      range = entry.isCompressed ? try archive.checkedRange(of: entry) : entry.range
    case .ranges(let ranges):
      guard let found = ranges[storage.key] else { throw error("the storage \(storage.key.quoted) is missing") }
      range = found
    }
    guard !overflow, size == range.count else {
      throw error("the storage \(storage.key.quoted) has \(range.count) bytes, not \(storage.count) elements")
    }
    if case .archive(let archive, _) = source.storages, let entry { return try archive.checkedRange(of: entry) }
    return range
  }

  private func error(_ problem: String) -> FormatError { FormatError(path: source.file.path, problem) }
}
