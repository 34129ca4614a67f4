#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#elseif canImport(Darwin)
  import Darwin
#endif

/// The block of memory that a session works in, on huge pages if the system provides them.
///
/// The conformance is unchecked because an arena belongs to one session, which is not shared between threads, and the
/// session's workers write to disjoint parts.
final class Arena: @unchecked Sendable {
  /// The first byte, on a page boundary; the memory is initialized to zero.
  let base: UnsafeMutableRawPointer
  let byteCount: Int
  private let mapping: UnsafeMutableRawPointer
  private let mappingSize: Int

  /// 2 MiB: the size of a huge page on x86 and on arm64 with 4 KiB pages.
  private static let hugePage = 2 << 20

  /// Allocates memory.
  ///
  /// - Throws: ``RuntimeError/outOfMemory(bytes:)``.
  init(byteCount: Int) throws(RuntimeError) {
    self.byteCount = byteCount
    // Room to move the start to a huge page's boundary, and the end to a whole page.
    mappingSize = (byteCount + Self.hugePage - 1) / Self.hugePage * Self.hugePage + Self.hugePage
    let flags = MAP_PRIVATE | MAP_ANONYMOUS_FLAG
    guard let mapping = mmap(nil, mappingSize, PROT_READ | PROT_WRITE, flags, -1, 0), mapping != MAP_FAILED else {
      throw .outOfMemory(bytes: byteCount)
    }
    self.mapping = mapping
    let address = (Int(bitPattern: mapping) + Self.hugePage - 1) / Self.hugePage * Self.hugePage
    let start = mapping + (address - Int(bitPattern: mapping))
    #if os(Linux)
      madvise(start, mappingSize - Self.hugePage, 14 /* MADV_HUGEPAGE */)
    #endif
    base = start
  }

  deinit { munmap(mapping, mappingSize) }
}

#if canImport(Darwin)
  private let MAP_ANONYMOUS_FLAG = MAP_ANON
#else
  private let MAP_ANONYMOUS_FLAG = Int32(MAP_ANONYMOUS)
#endif
