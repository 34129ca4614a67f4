import Foundation
import Testing

/// An HTTP server on 127.0.0.1 whose answers, right and wrong, are made by a closure.
final class LocalServer: @unchecked Sendable {
  /// What a client asked.
  struct Request: Sendable {
    /// `GET`, say.
    var method: String
    /// `/path`, or a whole address where a proxy is asked.
    var target: String
    /// By lower-case name.
    var headers: [String: String]
  }

  /// What to send.
  struct Reply: Sendable {
    var status = 200
    var headers: [String: String] = [:]
    var body: [UInt8] = []
    /// How much of the body really goes out.
    var sent: Int?
    /// Whether the connection then stays open, silent, as long as the server lives.
    var stalls = false
  }

  private let socket: Int32
  private let answer: @Sendable (Request) -> Reply
  private let lock = NSLock()
  private var log: [Request] = []
  private var stalled: [Int32] = []
  /// Where it listens.
  let port: UInt16

  /// What was asked until now.
  var requests: [Request] { lock.withLock { log } }
  /// Its address, with a file name.
  var url: String { "http://127.0.0.1:\(port)/model.pyth" }

  init(_ answer: @escaping @Sendable (Request) -> Reply) throws {
    self.answer = answer
    socket = try Self.listeningSocket()
    port = Self.port(of: socket)
    let socket = socket
    Thread.detachNewThread { [weak self] in
      while true {
        let connection = accept(socket, nil, nil)
        guard connection >= 0 else { return }
        Thread.detachNewThread { [weak self] in self?.serve(connection) }
      }
    }
  }

  deinit {
    shutdown(socket, Int32(SHUT_RDWR))
    close(socket)
    for connection in stalled { close(connection) }
  }

  /// A port that nothing listens on.
  static func closedPort() throws -> UInt16 {
    let socket = try listeningSocket()
    defer { close(socket) }
    return port(of: socket)
  }

  private func serve(_ connection: Int32) {
    guard let request = Self.readRequest(connection) else {
      close(connection)
      return
    }
    lock.withLock { log.append(request) }
    let reply = answer(request)
    var head = "HTTP/1.1 \(reply.status) Status\r\nConnection: close\r\n"
    let length = reply.headers["Content-Length"] == nil ? ["Content-Length": "\(reply.body.count)"] : [:]
    for (name, value) in reply.headers.merging(length, uniquingKeysWith: { old, _ in old }) where !value.isEmpty {
      head += "\(name): \(value)\r\n"
    }
    Self.send(Array("\(head)\r\n".utf8) + reply.body.prefix(reply.sent ?? .max), to: connection)
    if reply.stalls {
      lock.withLock { stalled.append(connection) }
    } else {
      close(connection)
    }
  }

  private static func readRequest(_ connection: Int32) -> Request? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      bytes += buffer[..<count]
    }
    let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n").filter { !$0.isEmpty }
    let words = lines[0].split(separator: " ").map(String.init)
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    return Request(method: words[0], target: words[1], headers: headers)
  }

  private static func send(_ bytes: [UInt8], to connection: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  private static func listeningSocket() throws -> Int32 {
    #if canImport(Darwin)
      let kind = SOCK_STREAM
    #else
      let kind = Int32(SOCK_STREAM.rawValue)
    #endif
    let socket = Foundation.socket(AF_INET, kind, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let bound = withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard bound == 0, listen(socket, 16) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    return socket
  }

  private static func port(of socket: Int32) -> UInt16 {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
    }
    return UInt16(bigEndian: address.sin_port)
  }
}

extension LocalServer.Reply: CustomTestStringConvertible {
  var testDescription: String { "\(status) \(headers), \(body.count) bytes" }

  /// A file as a good server sends it: from its start, or from the byte that the request asks for.
  static func file(_ bytes: [UInt8], tag: String, for request: LocalServer.Request) -> Self {
    guard let range = request.headers["range"], request.headers["if-range"] == tag,
      let first = range.wholeMatch(of: /bytes=(\d+)-/).flatMap({ Int($0.1) })
    else { return Self(headers: ["ETag": tag], body: bytes) }
    guard first < bytes.count else { return Self(status: 416) }
    return Self(
      status: 206, headers: ["ETag": tag, "Content-Range": "bytes \(first)-\(bytes.count - 1)/\(bytes.count)"],
      body: Array(bytes[first...]))
  }
}
