import Foundation
import Zoo

/// A cache in a folder of its own, deleted with it.
final class TemporaryCache: Sendable {
  let cache: ModelCache

  init(stallTimeout: Double = 10, sizeLimit: Int = 1 << 20) {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("zoo-\(UUID())").path
    cache = ModelCache(folder: folder, stallTimeout: stallTimeout, sizeLimit: sizeLimit)
  }

  deinit { try? FileManager.default.removeItem(atPath: cache.folder) }

  /// A file of the cache.
  func path(_ name: String) -> String { "\(cache.folder)/checkpoints/\(name)" }

  func contents(_ name: String) -> [UInt8]? { FileManager.default.contents(atPath: path(name)).map { Array($0) } }

  /// The files, but for the lock.
  func files() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path("")).filter { !$0.hasSuffix(".lock") }.sorted()
  }
}

/// Counts calls, or keeps what came in them.
final class Log<Item: Sendable>: @unchecked Sendable {
  private let lock = NSLock()
  private var stored: [Item] = []

  var items: [Item] { lock.withLock { stored } }
  func append(_ item: Item) { lock.withLock { stored.append(item) } }
}

/// The model that tests pull, from servers of their own.
let entry: ZooEntry = ZooRegistry.entries[0]

/// A checkpoint's stand-in, larger than one network packet and one chunk.
let bytes: [UInt8] = (0..<200_000).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 16) }
/// SHA-256 of ``bytes``.
let bytesHash = "518bae12d9a0ed8003d671995e25f4d1909f33aac111e89c108f77fabc5546f6"
/// `hello`, compressed by gzip.
let zippedHello: [UInt8] = [
  31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 72, 205, 201, 201, 7, 0, 134, 166, 16, 54, 5, 0, 0, 0,
]
