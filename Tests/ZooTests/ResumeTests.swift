import Foundation
import Formats
import Zoo
import TestSupport
import Testing

@Suite("Going on with an interrupted download")
struct ResumeTests {
  private let home = TemporaryCache()
  private static let cut = 70_000

  /// A server whose first answer breaks off, and the pull that got it.
  private func interrupted(
    headers: [String: String] = ["ETag": "\"a\""],
    then answer: @escaping @Sendable (LocalServer.Request) -> LocalServer.Reply
  ) async throws -> LocalServer {
    let calls = Log<Void>()
    let server = try LocalServer { request in
      calls.append(())
      return calls.items.count == 1 ? .init(headers: headers, body: bytes, sent: Self.cut) : answer(request)
    }
    await #expect(throws: ZooError.interrupted(url: server.url, received: Self.cut, expected: bytes.count)) {
      try await home.cache.pull(entry, from: server.url)
    }
    #expect(home.contents("x3d_xs.pyth.part")?.count == Self.cut)
    return server
  }

  private func expectWhole(_ contents: [UInt8] = bytes) throws {
    #expect(home.contents("x3d_xs.pyth") == contents)
    #expect(try home.files() == ["x3d_xs.json", "x3d_xs.pyth"])
  }

  @Test("asks for what is missing, and only for that")
  func resume() async throws {
    let server = try await interrupted { .file(bytes, tag: "\"a\"", for: $0) }
    let log = Log<Int>()
    _ = try await home.cache.pull(entry, from: server.url, sha256: bytesHash) { received, _ in log.append(received) }
    #expect(server.requests[1].headers["range"] == "bytes=70000-")
    #expect(server.requests[1].headers["if-range"] == "\"a\"")
    #expect(log.items.first == Self.cut)
    try expectWhole()
  }

  @Test("goes by the date where there is no strong entity tag")
  func date() async throws {
    let date = "Tue, 01 Jun 2021 10:00:00 GMT"
    let server = try await interrupted(headers: ["ETag": "W/\"a\"", "Last-Modified": date]) {
      .file(bytes, tag: date, for: $0)
    }
    _ = try await home.cache.pull(entry, from: server.url)
    #expect(server.requests[1].headers["if-range"] == date)
    try expectWhole()
  }

  @Test("asks for the rest behind a redirection too")
  func redirect() async throws {
    let server = try await interrupted { request in
      request.target == "/file"
        ? .file(bytes, tag: "\"a\"", for: request) : .init(status: 307, headers: ["Location": "/file"])
    }
    _ = try await home.cache.pull(entry, from: server.url)
    #expect(server.requests[2].headers["range"] == "bytes=70000-")
    try expectWhole()
  }

  @Test("starts over with a server that only sends whole files")
  func ignored() async throws {
    let server = try await interrupted { _ in .init(body: bytes) }
    _ = try await home.cache.pull(entry, from: server.url)
    try expectWhole()
  }

  @Test("starts over if the file is another one by now")
  func changed() async throws {
    let newBytes = [UInt8](repeating: 7, count: 80_000)
    let server = try await interrupted { .file(newBytes, tag: "\"b\"", for: $0) }
    _ = try await home.cache.pull(entry, from: server.url)
    try expectWhole(newBytes)
  }

  @Test("starts over if the server has no such part")
  func noSuchPart() async throws {
    let server = try await interrupted { request in
      request.headers["range"] == nil ? .init(body: bytes) : .init(status: 416)
    }
    _ = try await home.cache.pull(entry, from: server.url)
    #expect(server.requests.count == 3)
    try expectWhole()
  }

  @Test("starts over for another address")
  func otherAddress() async throws {
    let server = try await interrupted { .file(bytes, tag: "\"a\"", for: $0) }
    _ = try await home.cache.pull(entry, from: server.url + "?mirror")
    #expect(server.requests[1].headers["range"] == nil)
    try expectWhole()
  }

  @Test("starts over if nothing tells which file the part is of")
  func noValidator() async throws {
    let server = try await interrupted(headers: [:]) { .file(bytes, tag: "\"a\"", for: $0) }
    _ = try await home.cache.pull(entry, from: server.url)
    #expect(server.requests[1].headers["range"] == nil)
    try expectWhole()
  }

  @Test(
    "refuses another part than was asked for, and starts over at the next try",
    arguments: [
      ["Content-Range": "bytes 0-199999/200000"], ["Content-Range": "bytes 70001-199999/200000"],
      ["Content-Range": "bytes 70000-299999/300000"], ["Content-Range": "bytes 70000-199999"],
      ["Content-Range": "bytes 70000-200000/200000"], ["Content-Range": "bytes 70000-69999/200000"],
      ["Content-Range": "bytes 70000-199999/99999999999999999999"], ["Content-Range": "bytes */200000"], [:],
      ["Content-Range": "bytes 70000-199999/200000", "ETag": "\"b\""],
    ])
  func wrongPart(headers: [String: String]) async throws {
    let server = try await interrupted { request in
      request.headers["range"] == nil
        ? .init(body: bytes) : .init(status: 206, headers: headers, body: Array(bytes[Self.cut...]))
    }
    let problem = "the server sent another part than was asked for (\(headers["Content-Range"] ?? "unnamed"))"
    await #expect(throws: ZooError.badAnswer(url: server.url, problem: problem)) {
      try await home.cache.pull(entry, from: server.url)
    }
    _ = try await home.cache.pull(entry, from: server.url)
    try expectWhole()
  }

  @Test("can be interrupted again")
  func twice() async throws {
    let server = try await interrupted { request in
      var reply = LocalServer.Reply.file(bytes, tag: "\"a\"", for: request)
      if request.headers["range"] == "bytes=70000-" { reply.sent = 50_000 }
      return reply
    }
    await #expect(throws: ZooError.interrupted(url: server.url, received: 120_000, expected: bytes.count)) {
      try await home.cache.pull(entry, from: server.url)
    }
    _ = try await home.cache.pull(entry, from: server.url)
    #expect(server.requests.map { $0.headers["range"] } == [nil, "bytes=70000-", "bytes=120000-"])
    try expectWhole()
  }

  @Test("asks for nothing if all was there when the last try was broken off")
  func complete() async throws {
    let server = try await interrupted { .file(bytes, tag: "\"a\"", for: $0) }
    #expect(FileManager.default.createFile(atPath: home.path("x3d_xs.pyth.part"), contents: Data(bytes)))
    _ = try await home.cache.pull(entry, from: server.url, sha256: bytesHash)
    #expect(server.requests.count == 1)
    try expectWhole()
  }

  @Test("gives a checkpoint that loads")
  func checkpoint() async throws {
    let path = "\(Fixture.folder)/checkpoints/model_state.pyth"
    let file = try Array(Data(contentsOf: URL(fileURLWithPath: path)))
    let calls = Log<Void>()
    let server = try LocalServer { request in
      calls.append(())
      var reply = LocalServer.Reply.file(file, tag: "\"a\"", for: request)
      if calls.items.count == 1 { reply.sent = 1000 }
      return reply
    }
    await #expect(throws: ZooError.interrupted(url: server.url, received: 1000, expected: file.count)) {
      try await home.cache.pull(entry, from: server.url)
    }
    let pulled = try Checkpoint.load(try await home.cache.pull(entry, from: server.url))
    let original = try Checkpoint.load(path)
    #expect(server.requests[1].headers["range"] == "bytes=1000-")
    #expect(pulled.stateDicts.map(\.key) == ["model_state"])
    #expect(pulled.stateDicts[0].entries.map(\.name) == original.stateDicts[0].entries.map(\.name))
  }

  @Test("starts over if what is kept of the download makes no sense", arguments: ["", "{}", "[1", "{\"url\": 5}"])
  func badState(state: String) async throws {
    let server = try await interrupted { .file(bytes, tag: "\"a\"", for: $0) }
    #expect(FileManager.default.createFile(atPath: home.path("x3d_xs.pyth.part.json"), contents: Data(state.utf8)))
    _ = try await home.cache.pull(entry, from: server.url)
    #expect(server.requests[1].headers["range"] == nil)
    try expectWhole()
  }

  @Test("is possible after a server that stopped sending", arguments: [0, 50_000])
  func stalled(sent: Int) async throws {
    let home = TemporaryCache(stallTimeout: 2)
    let calls = Log<Void>()
    let server = try LocalServer { request in
      calls.append(())
      return calls.items.count == 1
        ? .init(headers: ["ETag": "\"a\""], body: bytes, sent: sent, stalls: true)
        : .file(bytes, tag: "\"a\"", for: request)
    }
    await #expect(throws: ZooError.stalled(url: server.url, seconds: 2, received: sent)) {
      try await home.cache.pull(entry, from: server.url)
    }
    _ = try await home.cache.pull(entry, from: server.url)
    #expect(server.requests[1].headers["range"] == (sent == 0 ? nil : "bytes=\(sent)-"))
    #expect(home.contents("x3d_xs.pyth") == bytes)
  }
}
