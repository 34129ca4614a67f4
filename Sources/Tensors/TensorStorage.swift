/// The bytes behind one or more tensors: allocated on a 64-byte boundary, or a window on a mapped file.
///
/// Unchecked, because the bytes are written only by the one owner that `Tensor` proves by uniqueness; shared storage is
/// never written.
final class TensorStorage: @unchecked Sendable {
  /// Vector loads and cache lines like 64.
  static let alignment = 64

  let bytes: UnsafeMutableRawBufferPointer
  private let mapping: MappedFile?

  /// Zeroed bytes of its own.
  init(byteCount: Int) {
    bytes = .allocate(byteCount: byteCount, alignment: Self.alignment)
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
    mapping = nil
  }

  /// A read-only window on a mapped file, which lives as long as this object.
  init(mapping: MappedFile, range: Range<Int>) {
    bytes = UnsafeMutableRawBufferPointer(mutating: UnsafeRawBufferPointer(rebasing: mapping.bytes[range]))
    self.mapping = mapping
  }

  var isWritable: Bool { mapping == nil }

  deinit {
    if mapping == nil { bytes.deallocate() }
  }
}
