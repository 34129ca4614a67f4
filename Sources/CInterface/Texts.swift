/// Texts as C strings, which are valid as long as this object lives.
final class Texts: Sendable {
  private nonisolated(unsafe) let pointers: [UnsafePointer<CChar>]

  init(_ texts: [String]) {
    pointers = texts.map { text in
      let bytes = text.utf8CString
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
      bytes.withUnsafeBufferPointer { if let start = $0.baseAddress { copy.initialize(from: start, count: $0.count) } }
      return UnsafePointer(copy)
    }
  }

  deinit { for pointer in pointers { pointer.deallocate() } }

  var count: Int { pointers.count }

  subscript(index: Int) -> UnsafePointer<CChar> { pointers[index] }
}
