#if Server
  import CPU
  import Logging
  import NIOCore
  import NIOWebSocket
  import Serving
  import ServiceLifecycle
  import Tensors
  import VideoAccelerator

  /// A client's WebSocket: messages of the client to a stream, and the stream's to the client.
  struct StreamConnection {
    /// A frame that is not as RFC 6455 wants it.
    private struct FrameError: Error {}

    /// The largest message in bytes: a frame of 4096×4096 RGBA pixels with its time.
    static let largestMessage = 4096 * 4096 * 4 + 8
    /// The time between the server's pings; a client that answers none of two has gone.
    private static let pingInterval = Duration.seconds(20)
    /// The time for the client's first message, and for its answer to the end.
    private static let patience = Duration.seconds(20)

    let channel: ServerChannel.WebSocket
    let model: ServedModel
    let services: Services
    let logger: Logger

    /// Serves the connection to its end.
    func run() async {
      do {
        try await channel.executeThenClose { inbound, outbound in
          do {
            try services.streams.add()
            defer { services.streams.remove() }
            try await serve(inbound, outbound)
          } catch is FrameError {
            try await write(.close(1002), outbound)
          } catch {
            if !(error is any UserFacingError) { logger.error("a stream failed", metadata: ["error": "\(error)"]) }
            for message in StreamMessage.failure(error) { try await write(message, outbound) }
          }
        }
      } catch {
        logger.debug("a stream's connection ended", metadata: ["error": "\(error)"])
      }
    }

    private func serve(
      _ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>, _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    ) async throws {
      let heard = Guarded(ContinuousClock.now)
      let current = Guarded<(any ServedStream)?>(nil)
      let (started, announce) = AsyncStream<any ServedStream>.makeStream()
      defer { current.withLock { $0 }?.cancel() }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await receive(inbound, outbound, heard: heard, into: current, announce) }
        group.addTask { try await send(started, outbound) }
        group.addTask { try await ping(outbound, heard: heard, current) }
        // The first to end is the end of all: the client's, the stream's, or silence.
        try await withGracefulShutdownHandler {
          try await group.next()
        } onGracefulShutdown: {
          current.withLock { $0 }?.finish()
        }
        // Nothing is awaited that waits for the client.
        channel.channel.eventLoop.scheduleTask(in: .seconds(2)) { [channel = channel.channel] in
          channel.close(promise: nil)
        }
        group.cancelAll()
      }
    }

    private func receive(
      _ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>,
      _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>,
      heard: Guarded<ContinuousClock.Instant>, into current: Guarded<(any ServedStream)?>,
      _ announce: AsyncStream<any ServedStream>.Continuation
    ) async throws {
      var frames = inbound.makeAsyncIterator()
      while true {
        let next: WebSocketFrame?
        // What the decoder, or what joins fragments, refuses.
        do { next = try await frames.next() } catch { throw error is CancellationError ? error : FrameError() }
        guard let frame = next else { return }
        guard frame.maskKey != nil, !frame.rsv1, !frame.rsv2, !frame.rsv3 else { throw FrameError() }
        heard.withLock { $0 = .now }
        switch frame.opcode {
        case .ping: try await outbound.write(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData))
        case .connectionClose:
          try await write(.close(1000), outbound)
          return
        case .text:
          let json = try JSON(parsing: Array(frame.unmaskedData.readableBytesView), path: "the message")
            .document(path: "the message")
          try await take(json, current, announce)
        case .binary:
          guard let stream = current.withLock({ $0 }) else {
            throw ServingError.request("the first message is {\"type\": \"start\", …}")
          }
          try await stream.take(Array(frame.unmaskedData.readableBytesView))
        case .pong: break
        default: throw FrameError()
        }
      }
    }

    private func take(
      _ message: JSONField, _ current: Guarded<(any ServedStream)?>,
      _ announce: AsyncStream<any ServedStream>.Continuation
    ) async throws {
      guard let stream = current.withLock({ $0 }) else {
        let start = try StreamStart(message)
        // Plans are made, which takes a while.
        let started = try await onOwnThread { [model] _ in try model.stream(start) }
        current.withLock { $0 = started }
        announce.yield(started)
        return
      }
      switch try message.required("type").string() {
      case "reset": try stream.reset()
      case "end": stream.finish()
      case let other: throw ServingError.request("there is no message \(other.quoted): there are \"reset\" and \"end\"")
      }
    }

    /// Sends what the stream says, to its end.
    private func send(
      _ started: AsyncStream<any ServedStream>, _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    ) async throws {
      for await stream in started {
        for await message in stream.messages { try await write(message, outbound) }
        return
      }
    }

    private func ping(
      _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>, heard: Guarded<ContinuousClock.Instant>,
      _ current: Guarded<(any ServedStream)?>
    ) async throws {
      let start = ContinuousClock.now
      while true {
        try await Task.sleep(for: current.withLock { $0 } == nil ? .seconds(1) : Self.pingInterval)
        if current.withLock({ $0 }) == nil {
          if services.isDraining { throw ServingError.draining }
          let waited = ContinuousClock.now - start
          if waited > Self.patience { throw ServingError.tooSlow }
          continue
        }
        let silence = ContinuousClock.now - heard.withLock { $0 }
        if silence > Self.pingInterval * 2 + Self.patience { throw ServingError.tooSlow }
        try await outbound.write(WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer()))
      }
    }

    private func write(
      _ message: StreamMessage, _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    ) async throws {
      switch message {
      case .text(let json):
        try await outbound.write(WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(string: json.text())))
      case .close(let code):
        var data = ByteBuffer()
        data.write(webSocketErrorCode: WebSocketErrorCode(codeNumber: code))
        try await outbound.write(WebSocketFrame(fin: true, opcode: .connectionClose, data: data))
      }
    }
  }
#endif
