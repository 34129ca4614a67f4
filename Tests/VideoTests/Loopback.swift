import Foundation
import Preprocessing
import Testing

@testable import Video

/// A socket on 127.0.0.1.
final class LoopbackSocket: @unchecked Sendable {
  let descriptor: Int32

  init(_ kind: Int32) throws {
    descriptor = socket(AF_INET, kind, 0)
    try #require(descriptor >= 0)
  }

  private init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// Calls `body` with the address of a port.
  private static func withAddress<Result>(
    _ port: UInt16, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }

  /// Takes a port that is free; returns it.
  func bindAnywhere() throws -> UInt16 {
    try #require(Self.withAddress(0) { bind(descriptor, $0, $1) } == 0)
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &size) }
    }
    return UInt16(bigEndian: address.sin_port)
  }

  /// A port that was free a moment ago.
  static func freePort(_ kind: Int32) throws -> UInt16 { try LoopbackSocket(kind).bindAnywhere() }

  /// Sends bytes to a port in datagrams of seven packets of MPEG-TS, slowly enough for the receiver's buffers.
  ///
  /// - Parameter keeps: Whether a datagram is sent, by its number.
  func send(_ bytes: Data, to port: UInt16, keeps: (Int) -> Bool = { _ in true }) {
    for (number, start) in stride(from: 0, to: bytes.count, by: 1316).enumerated() where keeps(number) {
      let datagram = [UInt8](bytes[start..<min(start + 1316, bytes.count)])
      _ = Self.withAddress(port) { sendto(descriptor, datagram, datagram.count, 0, $0, $1) }
      if number % 8 == 7 { usleep(2000) }
    }
  }

  /// Waits for a connection and returns it.
  func accept() -> LoopbackSocket { LoopbackSocket(descriptor: Foundation.accept(descriptor, nil, nil)) }

  /// Writes bytes to a connection, as far as there is one.
  func write(_ bytes: Data) {
    var rest = [UInt8](bytes)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}

/// A server on a port of its own, which writes the next of some answers to each connection and closes it.
final class LoopbackServer {
  let port: UInt16

  init(_ answers: [Data]) throws {
    let listener = try LoopbackSocket(Int32(SOCK_STREAM.rawValue))
    port = try listener.bindAnywhere()
    listen(listener.descriptor, 8)
    Thread.detachNewThread {
      for answer in answers { listener.accept().write(answer) }
    }
  }

  /// An answer of HTTP.
  static func http(_ body: Data, type: String) -> Data {
    Data("HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\nContent-Length: \(body.count)\r\nConnection: close\r\n\r\n".utf8)
      + body
  }
}

/// What a live video tells, read on a thread of its own.
final class LiveLog: @unchecked Sendable {
  struct Stop: Error {}

  private let condition = NSCondition()
  private var list: [LiveEvent] = []
  private var failure: (any Error)?
  private var hasEnded = false
  private var mustStop = false

  /// Starts to read.
  init(_ source: LiveSource, options: LiveOptions) {
    Thread.detachNewThread { [self] in
      let video = LiveVideo(source, options: options) { [self] in
        if condition.withLock({ mustStop }) { throw Stop() }
      }
      do { try video.read { event in self.change { self.list.append(event) } } } catch {
        change { failure = error }
      }
      change { hasEnded = true }
    }
  }

  private func change(_ body: () -> Void) {
    condition.withLock {
      body()
      condition.broadcast()
    }
  }

  var events: [LiveEvent] { condition.withLock { list } }
  /// All events but frames.
  var notes: [LiveEvent] { events.filter { if case .frame = $0 { false } else { true } } }
  var frames: [Frame] { events.compactMap { if case .frame(let frame) = $0 { frame } else { nil } } }
  var error: (any Error)? { condition.withLock { failure } }

  /// Waits for an event that came after some others; meanwhile does something again and again.
  @discardableResult
  func wait(
    after count: Int = 0, while work: () -> Void = { usleep(10_000) }, for isRight: (LiveEvent) -> Bool
  ) throws -> LiveEvent {
    let deadline = Date(timeIntervalSinceNow: 30)
    while Date() < deadline {
      if let event = events.dropFirst(count).first(where: isRight) { return event }
      if condition.withLock({ hasEnded }) { break }
      work()
    }
    throw Missing(notes: "\(notes) \(error.map { "\($0)" } ?? "")")
  }

  struct Missing: Error { let notes: String }

  /// Waits for the end of reading.
  func end() {
    condition.withLock {
      while !hasEnded { condition.wait() }
    }
  }

  /// Ends reading.
  func stop() {
    change { mustStop = true }
    end()
  }
}
