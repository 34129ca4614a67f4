/// The bytes of one or more tensors: allocated on a 64-byte boundary, or a window of a mapped file.
///
/// Unchecked, because the bytes are written only by their unique owner, which `Tensor` checks; shared storage is never
/// written.
final class TensorStorage: @unchecked Sendable {
  /// The alignment for vector loads and cache lines.
  static let alignment = 64

  let bytes: UnsafeMutableRawBufferPointer
  private let mapping: MappedFile?

  /// Allocates zeroed bytes.
  init(byteCount: Int) {
    bytes = .allocate(byteCount: byteCount, alignment: Self.alignment)
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
    mapping = nil
  }

  /// Creates a read-only window of a mapped file, which lives as long as this object.
  init(mapping: MappedFile, range: Range<Int>) {
    bytes = UnsafeMutableRawBufferPointer(mutating: UnsafeRawBufferPointer(rebasing: mapping.bytes[range]))
    self.mapping = mapping
  }

  var isWritable: Bool { mapping == nil }

  deinit {
    if mapping == nil { bytes.deallocate() }
  }
}
