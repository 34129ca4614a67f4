import Foundation
import Zoo
import Testing

@Suite("A model's hash")
struct HashTests {
  private let home = TemporaryCache()
  private let wrongHash = String(repeating: "0", count: 64)

  private func pulled() async throws -> LocalServer {
    let server = try LocalServer { _ in .init(body: bytes) }
    _ = try await home.cache.pull(entry, from: server.url)
    return server
  }

  private func overwrite(_ name: String, _ contents: String) {
    #expect(FileManager.default.createFile(atPath: home.path(name), contents: Data(contents.utf8)))
  }

  @Test("may be demanded, in either case", arguments: [bytesHash, bytesHash.uppercased()])
  func right(hash: String) async throws {
    let server = try LocalServer { _ in .init(body: bytes) }
    _ = try await home.cache.pull(entry, from: server.url, sha256: hash)
    #expect(home.contents("x3d_xs.pyth") == bytes)
  }

  @Test("refuses another file than is demanded, and keeps nothing of it")
  func wrong() async throws {
    let server = try LocalServer { _ in .init(headers: ["ETag": "\"a\""], body: bytes) }
    await #expect(throws: ZooError.wrongHash(source: server.url, expected: wrongHash, found: bytesHash)) {
      try await home.cache.pull(entry, from: server.url, sha256: wrongHash)
    }
    #expect(try home.files() == [])
  }

  @Test("is demanded of a model that is there, too")
  func wrongInCache() async throws {
    let server = try await pulled()
    _ = try await home.cache.pull(entry, from: server.url, sha256: bytesHash)
    let source = home.path("x3d_xs.pyth")
    await #expect(throws: ZooError.wrongHash(source: source, expected: wrongHash, found: bytesHash)) {
      try await home.cache.pull(entry, from: server.url, sha256: wrongHash)
    }
    #expect(home.contents("x3d_xs.pyth") == bytes)
  }

  @Test(
    "must be a SHA-256", arguments: ["", "abc", String(repeating: "g", count: 64), String(repeating: "0", count: 65)])
  func malformed(hash: String) async {
    await #expect(throws: ZooError.badHash(hash)) { try await home.cache.pull(entry, sha256: hash) }
  }

  @Test("tells of a file that was changed, until it is downloaded again", arguments: ["x3d_xs.pyth", "x3d_xs.json"])
  func changed(name: String) async throws {
    let server = try await pulled()
    overwrite(name, "something else")
    let changed = ZooError.changed(path: home.path(name), name: "x3d_xs")
    #expect(throws: changed) { try home.cache.path(for: entry) }
    await #expect(throws: changed) { try await home.cache.pull(entry, from: server.url) }
    #expect(changed.description.contains("download x3d_xs again"))
    _ = try await home.cache.pull(entry, from: server.url, force: true)
    #expect(try home.cache.path(for: entry) != nil)
    #expect(home.contents("x3d_xs.pyth") == bytes)
  }

  @Test("keeps a model whose replacement fails")
  func failedForce() async throws {
    _ = try await pulled()
    let closed = "http://127.0.0.1:\(try LocalServer.closedPort())/"
    await #expect(throws: ZooError.self) { try await home.cache.pull(entry, from: closed, force: true) }
    #expect(try home.cache.path(for: entry) != nil)
  }

  @Test("is not known of a file without a record, which is downloaded anew")
  func noRecord() async throws {
    let server = try await pulled()
    overwrite("x3d_xs.pyth", "something else")
    try FileManager.default.removeItem(atPath: home.path("x3d_xs.json"))
    #expect(try home.cache.path(for: entry) == nil)
    _ = try await home.cache.pull(entry, from: server.url)
    #expect(home.contents("x3d_xs.pyth") == bytes)
  }
}
