#if Server
  import CPU
  import GRPCCore
  import Logging
  import NIOCore
  import NIOHTTP2
  import NIOPosix
  import Serving

  /// Carries gRPC over HTTP/2 without TLS, which a proxy adds.
  ///
  /// It is written here, as the package that does this and TLS builds two copies of BoringSSL, which takes longer than all the rest
  /// of the server.
  struct GRPCTransport: ServerTransport {
    typealias Bytes = [UInt8]

    /// The most bytes of a message, of RPCs of a connection at a time, and of connections.
    struct Limits: Sendable {
      var message: Int
      var streams = 64
      var connections: Int
    }

    let host: String
    let port: Int
    let limits: Limits
    /// The memory that messages share with other requests.
    let budget: ByteBudget
    let logger: Logger
    /// Called with the port when it listens.
    let onListening: @Sendable (Int) -> Void
    private let state = Guarded(State())

    private struct State {
      var isEnding = false
      var listener: (any Channel)?
      var connections: [ObjectIdentifier: GRPCConnection] = [:]
    }

    func listen(
      streamHandler: @escaping @Sendable (RPCStream<Inbound, Outbound>, GRPCCore.ServerContext) async -> Void
    ) async throws {
      let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .serverChannelOption(.backlog, value: 1024)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .bind(host: host, port: port) { channel in
          channel.eventLoop.makeCompletedFuture { try GRPCConnection(channel, streams: limits.streams) }
        }
      let isEnding = state.withLock { state in
        state.listener = server.channel
        return state.isEnding
      }
      if isEnding { server.channel.close(promise: nil) }
      onListening(server.channel.localAddress?.port ?? port)
      try await withThrowingDiscardingTaskGroup { group in
        try await server.executeThenClose { connections in
          for try await connection in connections {
            guard add(connection) else {
              connection.close()
              continue
            }
            group.addTask {
              await connection.serve { channel in
                await GRPCStream(
                  channel: channel, messageLimit: limits.message, budget: budget, logger: logger
                ).run(streamHandler)
              }
              state.withLock { $0.connections[ObjectIdentifier(connection)] = nil }
            }
          }
        }
      }
    }

    private func add(_ connection: GRPCConnection) -> Bool {
      state.withLock { state in
        guard !state.isEnding, state.connections.count < limits.connections else { return false }
        state.connections[ObjectIdentifier(connection)] = connection
        return true
      }
    }

    func beginGracefulShutdown() {
      let (listener, connections) = state.withLock { state in
        state.isEnding = true
        return (state.listener, Array(state.connections.values))
      }
      listener?.close(promise: nil)
      for connection in connections { connection.drain() }
    }
  }

  /// A client's HTTP/2 connection.
  final class GRPCConnection: Sendable {
    typealias Stream = NIOAsyncChannel<HTTP2Frame.FramePayload, HTTP2Frame.FramePayload>

    private struct State {
      var streams = 0
      var isDraining = false
    }

    /// The time without a byte after which a connection without RPCs is closed.
    private static let idleLimit = TimeAmount.minutes(5)
    private static let window = 1 << 20
    /// The time that RPCs have to end when the server is about to.
    private static let drainTime = TimeAmount.seconds(10)

    private let channel: any Channel
    private let multiplexer: NIOHTTP2Handler.AsyncStreamMultiplexer<Stream>
    private let state = Guarded(State())

    /// Sets up a connection; on its event loop.
    init(_ channel: any Channel, streams: Int) throws {
      var configuration = NIOHTTP2Handler.Configuration()
      configuration.connection.initialSettings = [
        HTTP2Setting(parameter: .maxConcurrentStreams, value: streams),
        HTTP2Setting(parameter: .initialWindowSize, value: Self.window),
        HTTP2Setting(parameter: .maxHeaderListSize, value: 32 << 10),
      ]
      configuration.stream.targetWindowSize = Self.window
      self.channel = channel
      try channel.pipeline.syncOperations.addHandler(IdleStateHandler(allTimeout: Self.idleLimit))
      multiplexer = try channel.pipeline.syncOperations.configureAsyncHTTP2Pipeline(
        mode: .server, configuration: configuration
      ) { stream in
        stream.eventLoop.makeCompletedFuture { try Stream(wrappingChannelSynchronously: stream) }
      }
      try channel.pipeline.syncOperations.addHandler(
        GRPCEndHandler(isBusy: { [state] in state.withLock { $0.streams > 0 } }))
    }

    /// Serves the connection to its end.
    func serve(_ handle: @escaping @Sendable (Stream) async -> Void) async {
      await withDiscardingTaskGroup { group in
        do {
          for try await stream in multiplexer.inbound {
            state.withLock { $0.streams += 1 }
            group.addTask { [self] in
              await handle(stream)
              let isLast = state.withLock { state in
                state.streams -= 1
                return state.isDraining && state.streams == 0
              }
              if isLast { close() }
            }
          }
        } catch {}
      }
      close()
    }

    func close() { channel.close(promise: nil) }

    /// Asks the client to use another connection, and closes this one after its last RPC.
    func drain() {
      channel.writeAndFlush(
        HTTP2Frame(streamID: .rootStream, payload: .goAway(lastStreamID: .maxID, errorCode: .noError, opaqueData: nil)),
        promise: nil)
      channel.eventLoop.scheduleTask(in: Self.drainTime) { [channel] in channel.close(promise: nil) }
      let isIdle = state.withLock { state in
        state.isDraining = true
        return state.streams == 0
      }
      if isIdle { close() }
    }
  }

  /// Closes a connection on which nothing happens, or that speaks no HTTP/2.
  private final class GRPCEndHandler: ChannelInboundHandler {
    typealias InboundIn = Any

    private let isBusy: () -> Bool

    /// - Parameter isBusy: Whether an RPC is open, such as a stream that waits for its client.
    init(isBusy: @escaping () -> Bool) { self.isBusy = isBusy }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if event is IdleStateHandler.IdleStateEvent, !isBusy() { context.close(promise: nil) }
      context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
#endif
