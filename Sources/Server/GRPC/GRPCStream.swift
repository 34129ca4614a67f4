#if Server
  import GRPCCore
  import Logging
  import NIOCore
  import NIOHPACK
  import NIOHTTP2
  import Serving

  /// One RPC: a stream of an HTTP/2 connection.
  struct GRPCStream {
    let channel: GRPCConnection.Stream
    let messageLimit: Int
    let budget: ByteBudget
    let logger: Logger

    /// Answers the RPC.
    func run(
      _ handler:
        @escaping @Sendable (
          RPCStream<GRPCTransport.Inbound, GRPCTransport.Outbound>, GRPCCore.ServerContext
        ) async -> Void
    ) async {
      do {
        try await channel.executeThenClose { inbound, outbound in
          let writer = GRPCWriter(outbound)
          let reader = GRPCReader(inbound, messageLimit: messageLimit, budget: budget)
          guard let head = try await reader.head() else { return }
          guard let method = Self.method(head) else { return try await writer.refuse(head) }
          await withServerContextRPCCancellationHandle { handle in
            let context = GRPCCore.ServerContext(
              descriptor: method, remotePeer: "\(channel.channel.remoteAddress.map { "\($0)" } ?? "")", localPeer: "",
              cancellation: handle)
            let stream = RPCStream(
              descriptor: method, inbound: GRPCTransport.Inbound(wrapping: reader),
              outbound: GRPCTransport.Outbound(wrapping: writer))
            let task = Task { await handler(stream, context) }
            // A client that resets the stream, or goes, wants no answer.
            channel.channel.closeFuture.whenComplete { _ in
              handle.cancel()
              task.cancel()
            }
            await task.value
          }
          // What the client still sends is not wanted, which is no error of the RPC.
          if !reader.hasEnded { try await writer.stop() }
        }
      } catch {
        logger.debug("an RPC ended", metadata: ["error": "\(error)"])
      }
    }

    /// Returns the method of an RPC; nil if it is none that can be read.
    private static func method(_ head: HPACKHeaders) -> MethodDescriptor? {
      let parts = (head.first(name: ":path") ?? "").split(separator: "/", omittingEmptySubsequences: false)
      guard head.first(name: ":method") == "POST", parts.count == 3, parts[0].isEmpty, !parts[1].isEmpty,
        head.first(name: "content-type")?.hasPrefix("application/grpc") == true,
        ["identity", nil].contains(head.first(name: "grpc-encoding"))
      else { return nil }
      return MethodDescriptor(fullyQualifiedService: String(parts[1]), method: String(parts[2]))
    }
  }

  /// Reads what the client sends: metadata, then messages, each only when it is asked for, so that HTTP/2 holds clients back.
  ///
  /// The conformance is unchecked because one task reads at a time.
  final class GRPCReader: AsyncSequence, AsyncIteratorProtocol, @unchecked Sendable {
    typealias Element = RPCRequestPart<[UInt8]>
    typealias Failure = any Error

    /// In front of a message: whether it is compressed, and its size.
    private static let prefixSize = 5

    private var iterator: NIOAsyncChannelInboundStream<HTTP2Frame.FramePayload>.AsyncIterator
    private let messageLimit: Int
    private var metadata: Metadata?
    private var buffer = ByteBuffer()
    private var isBetweenMessages = true
    private(set) var hasEnded = false
    private let budget: ByteBudget
    /// The bytes of the budget that the message has which is being read, or was read last.
    private var taken = 0

    init(
      _ inbound: NIOAsyncChannelInboundStream<HTTP2Frame.FramePayload>, messageLimit: Int, budget: ByteBudget
    ) {
      iterator = inbound.makeAsyncIterator()
      (self.messageLimit, self.budget) = (messageLimit, budget)
    }

    deinit { budget.give(taken) }

    func makeAsyncIterator() -> GRPCReader { self }

    /// Returns the header of the RPC; nil if the client went.
    func head() async throws -> HPACKHeaders? {
      guard case .headers(let headers)? = try await iterator.next() else { return nil }
      hasEnded = headers.endStream
      metadata = Metadata(
        headers.headers.filter { !$0.name.hasPrefix(":") && !$0.name.hasSuffix("-bin") }
          .map { ($0.name, Metadata.Value.string($0.value)) })
      return headers.headers
    }

    func next() async throws -> Element? {
      if let metadata {
        self.metadata = nil
        return .metadata(metadata)
      }
      while true {
        if let message = try takeMessage() { return .message(message) }
        if hasEnded {
          guard buffer.readableBytes == 0 else {
            throw RPCError(code: .internalError, message: "the request ends within a message")
          }
          return nil
        }
        switch try await iterator.next() {
        case .data(let data):
          if case .byteBuffer(var bytes) = data.data { buffer.writeBuffer(&bytes) }
          hasEnded = data.endStream
        case .headers(let headers): hasEnded = headers.endStream
        case nil, .rstStream: throw RPCError(code: .cancelled, message: "the client went")
        default: break
        }
      }
    }

    private func takeMessage() throws -> [UInt8]? {
      guard let isCompressed = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self),
        let size = buffer.getInteger(at: buffer.readerIndex + 1, as: UInt32.self)
      else { return nil }
      guard isCompressed == 0 else { throw RPCError(code: .unimplemented, message: "messages are sent uncompressed") }
      guard Int(size) <= messageLimit else {
        throw RPCError(
          code: .resourceExhausted, message: "a message has \(size) bytes, but this server's limit is \(messageLimit)")
      }
      // The message before has been answered.
      if isBetweenMessages {
        budget.give(taken)
        taken = 0
        do { try budget.take(Int(size)) } catch { throw RPCError(error) }
        taken = Int(size)
        isBetweenMessages = false
      }
      guard buffer.readableBytes >= Self.prefixSize + Int(size) else { return nil }
      isBetweenMessages = true
      buffer.moveReaderIndex(forwardBy: Self.prefixSize)
      let message = buffer.readBytes(length: Int(size))
      buffer.discardReadBytes()
      return message
    }
  }

  /// Writes what the server sends: metadata, messages and a status.
  ///
  /// The conformance is unchecked because one task writes at a time.
  private final class GRPCWriter: ClosableRPCWriterProtocol, @unchecked Sendable {
    typealias Element = RPCResponsePart<[UInt8]>

    /// Clients refuse headers that are too large.
    private static let longestMessage = 1000

    private let outbound: NIOAsyncChannelOutboundWriter<HTTP2Frame.FramePayload>
    private var hasBegun = false
    private var hasEnded = false

    init(_ outbound: NIOAsyncChannelOutboundWriter<HTTP2Frame.FramePayload>) { self.outbound = outbound }

    func write(_ part: Element) async throws {
      switch part {
      case .metadata(let metadata): try await begin(metadata)
      case .message(let message):
        if !hasBegun { try await begin([:]) }
        var buffer = ByteBuffer()
        buffer.writeInteger(UInt8(0))
        buffer.writeInteger(UInt32(message.count))
        buffer.writeBytes(message)
        try await outbound.write(.data(.init(data: .byteBuffer(buffer))))
      case .status(let status, let metadata):
        guard !hasEnded else { return }
        hasEnded = true
        var headers = hasBegun ? HPACKHeaders() : Self.header
        headers.add(name: "grpc-status", value: "\(status.code.rawValue)")
        if !status.message.isEmpty {
          headers.add(name: "grpc-message", value: Self.encoded(String(status.message.prefix(Self.longestMessage))))
        }
        for (key, value) in metadata { headers.add(name: key.lowercased(), value: value.encoded()) }
        try await outbound.write(.headers(.init(headers: headers, endStream: true)))
      }
    }

    func write(contentsOf parts: some Sequence<Element>) async throws { for part in parts { try await write(part) } }

    func finish() async {}

    /// Asks the client to send no more.
    func stop() async throws { try await outbound.write(.rstStream(.noError)) }

    func finish(throwing error: any Error) async {
      try? await write(.status(Status(code: .internalError, message: "the server failed; its log says more"), [:]))
    }

    /// Answers a request that is no RPC which can be read.
    func refuse(_ head: HPACKHeaders) async throws {
      guard head.first(name: "content-type")?.hasPrefix("application/grpc") == true else {
        return try await outbound.write(.headers(.init(headers: [":status": "415"], endStream: true)))
      }
      let isCompressed = head.first(name: "grpc-encoding").map { $0 != "identity" } ?? false
      let reason = isCompressed ? "messages are sent uncompressed" : "there is no such method"
      try await write(.status(Status(code: .unimplemented, message: reason), ["grpc-accept-encoding": "identity"]))
    }

    private func begin(_ metadata: Metadata) async throws {
      hasBegun = true
      var headers = Self.header
      for (key, value) in metadata { headers.add(name: key.lowercased(), value: value.encoded()) }
      try await outbound.write(.headers(.init(headers: headers)))
    }

    private static var header: HPACKHeaders { [":status": "200", "content-type": "application/grpc"] }

    /// Encodes a status' message: all but printable ASCII, and the percent sign, by percent signs.
    private static func encoded(_ text: String) -> String {
      text.utf8.map { byte in
        (0x20...0x7e).contains(byte) && byte != UInt8(ascii: "%")
          ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }.joined()
    }
  }
#endif
