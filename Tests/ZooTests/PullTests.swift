import Foundation
import Zoo
import Tensors
import Testing

@Suite("Pulling a model")
struct PullTests {
  private let home = TemporaryCache()

  @Test("stores the file and records where it came from and its hash")
  func whole() async throws {
    let server = try LocalServer { _ in .init(body: bytes) }
    let log = Log<[Int?]>()
    let path = try await home.cache.pull(entry, from: server.url) { log.append([$0, $1]) }
    #expect(path == home.path("x3d_xs.pyth"))
    #expect(home.contents("x3d_xs.pyth") == bytes)
    #expect(try home.files() == ["x3d_xs.json", "x3d_xs.pyth"])
    let record = try #require(try home.cache.record(for: entry))
    #expect(record.url == server.url)
    #expect(record.sha256 == bytesHash)
    #expect(record.size == bytes.count)
    #expect(record.date.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)
    #expect(log.items.first == [0, bytes.count])
    #expect(log.items.last == [bytes.count, bytes.count])
    #expect(log.items.map { $0[0] ?? -1 } == log.items.map { $0[0] ?? -1 }.sorted())
  }

  @Test("needs no network for a model that is there")
  func offline() async throws {
    let server = try LocalServer { _ in .init(body: bytes) }
    let path = try await home.cache.pull(entry, from: server.url)
    let closed = "http://127.0.0.1:\(try LocalServer.closedPort())/"
    #expect(try await home.cache.pull(entry, from: closed) == path)
    #expect(try home.cache.path(for: entry) == path)
    #expect(server.requests.count == 1)
  }

  @Test("finds no model in a cache that is not there")
  func missing() throws {
    #expect(try home.cache.path(for: entry) == nil)
    #expect(try home.cache.record(for: entry) == nil)
  }

  @Test("follows redirections")
  func redirect() async throws {
    let server = try LocalServer { request in
      request.target == "/file" ? .init(body: bytes) : .init(status: 302, headers: ["Location": "/file"])
    }
    _ = try await home.cache.pull(entry, from: server.url)
    #expect(home.contents("x3d_xs.pyth") == bytes)
    #expect(server.requests.map(\.target) == ["/model.pyth", "/file"])
  }

  @Test("reports a status that is an error, and keeps nothing", arguments: [404, 500, 403, 204])
  func status(status: Int) async throws {
    let server = try LocalServer { _ in .init(status: status, body: Array("no such file".utf8)) }
    await #expect(throws: ZooError.refused(url: server.url, status: status)) {
      try await home.cache.pull(entry, from: server.url)
    }
    #expect(try home.files() == [])
  }

  @Test(
    "refuses what is no checkpoint, and keeps nothing",
    arguments: [
      (LocalServer.Reply(headers: ["Content-Type": "text/html; charset=utf-8"], body: bytes), "web page"),
      (LocalServer.Reply(headers: ["Content-Encoding": "gzip"], body: zippedHello), "encoded as gzip"),
      (LocalServer.Reply(status: 206, headers: ["Content-Range": "bytes 0-9/99"], body: bytes), "another part"),
      (LocalServer.Reply(), "empty"),
      (LocalServer.Reply(status: 302, headers: ["Location": "/model.pyth"]), "in circles"),
    ])
  func badAnswers(reply: LocalServer.Reply, problem: String) async throws {
    let server = try LocalServer { _ in reply }
    let error = try #require(
      await #expect(throws: ZooError.self) { try await home.cache.pull(entry, from: server.url) })
    #expect(error.description.hasPrefix("\(server.url) cannot be downloaded: "))
    #expect(error.description.contains(problem))
    #expect(!error.isBadInput)
    #expect(try home.files() == [])
  }

  @Test("reports a server that is not there as a problem of the network")
  func noServer() async throws {
    let url = "http://127.0.0.1:\(try LocalServer.closedPort())/model.pyth"
    let error = try #require(await #expect(throws: ZooError.self) { try await home.cache.pull(entry, from: url) })
    #expect(error.description.hasPrefix("\(url) cannot be reached: "))
    #expect(!error.isBadInput)
  }

  @Test("refuses a file that is too large, announced or not", arguments: [nil, ""])
  func tooLarge(contentLength: String?) async throws {
    let server = try LocalServer { _ in
      .init(headers: contentLength.map { ["Content-Length": $0] } ?? [:], body: bytes)
    }
    let home = TemporaryCache(sizeLimit: bytes.count - 1)
    await #expect(throws: ZooError.tooLarge(url: server.url, limit: bytes.count - 1)) {
      try await home.cache.pull(entry, from: server.url)
    }
    #expect(try home.files() == [])
  }

  @Test("takes a file whose size the server does not say")
  func unknownSize() async throws {
    let server = try LocalServer { _ in .init(headers: ["Content-Length": ""], body: bytes) }
    let log = Log<Int?>()
    _ = try await home.cache.pull(entry, from: server.url) { log.append($1) }
    #expect(home.contents("x3d_xs.pyth") == bytes)
    #expect(log.items.allSatisfy { $0 == nil })
  }

  @Test(
    "refuses what is no HTTP address",
    arguments: ["", "x3d_xs", "file:///etc/passwd", "ftp://127.0.0.1/x", "https://", "http:///x"])
  func badAddress(text: String) async {
    await #expect(throws: ZooError.badAddress(text)) { try await home.cache.pull(entry, from: text) }
  }

  @Test("keeps a user's name and password out of records and errors")
  func credentials() async throws {
    let server = try LocalServer { request in
      request.target == "/model.pyth" ? .init(body: bytes) : .init(status: 404)
    }
    let base = "127.0.0.1:\(server.port)"
    _ = try await home.cache.pull(entry, from: "http://me:secret@\(base)/model.pyth")
    #expect(try home.cache.record(for: entry)?.url == server.url)
    await #expect(throws: ZooError.refused(url: "http://\(base)/other", status: 404)) {
      try await home.cache.pull(entry, from: "http://me:secret@\(base)/other", force: true)
    }
  }

  @Test("downloads once when two pull at once")
  func concurrent() async throws {
    let server = try LocalServer { _ in .init(body: bytes) }
    async let first = home.cache.pull(entry, from: server.url)
    async let second = ModelCache(folder: home.cache.folder).pull(entry, from: server.url)
    #expect(try await first == second)
    #expect(home.contents("x3d_xs.pyth") == bytes)
    #expect(server.requests.count == 1)
  }

  @Test("can be cancelled")
  func cancel() async throws {
    let server = try LocalServer { _ in .init(body: bytes, sent: 1000, stalls: true) }
    let (started, start) = AsyncStream.makeStream(of: Void.self)
    let task = Task { [cache = home.cache] in
      try await cache.pull(entry, from: server.url) { _, _ in start.yield() }
    }
    for await _ in started { break }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test("does not start if cancelled before")
  func cancelled() async throws {
    let server = try LocalServer { _ in .init(body: bytes) }
    let task = Task { [cache = home.cache] in
      withUnsafeCurrentTask { $0?.cancel() }
      return try await cache.pull(entry, from: server.url)
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(server.requests.isEmpty)
  }

  @Test("survives being given up at any moment")
  func givenUp() async throws {
    let server = try LocalServer { _ in .init(status: 302, headers: ["Location": "/model.pyth"]) }
    for index in 0..<40 {
      let task = Task { [cache = home.cache] in try await cache.pull(entry, from: server.url) }
      try await Task.sleep(for: .microseconds(index * 150))
      task.cancel()
      await #expect(throws: (any Error).self) { try await task.value }
    }
    #expect(try home.files() == [])
  }

  @Test("reports a cache folder that cannot be made")
  func noFolder() async throws {
    let cache = ModelCache(folder: "/dev/null/cache")
    let error = try #require(await #expect(throws: FileError.self) { try await cache.pull(entry) })
    #expect(error.description.contains("/dev/null/cache"))
    #expect(error.description.contains("Not a directory"))
  }

  #if os(Linux)
    @Test("reports a full disk")
    func diskFull() async throws {
      let server = try LocalServer { _ in .init(body: bytes) }
      let part = home.path("x3d_xs.pyth.part")
      try FileManager.default.createDirectory(atPath: home.path(""), withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(atPath: part, withDestinationPath: "/dev/full")
      let error = try #require(
        await #expect(throws: FileError.self) { try await home.cache.pull(entry, from: server.url) })
      #expect(error.description == "\(part) cannot be written: No space left on device")
      #expect(!error.isBadInput)
    }
  #endif
}
