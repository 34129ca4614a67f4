#if Server
  import HTTPTypes
  import HummingbirdCore
  import Logging
  import NIOCore
  import NIOHTTP1
  import NIOHTTPTypes
  import NIOHTTPTypesHTTP1
  import NIOPosix
  import NIOWebSocket
  import Serving

  /// Sets up a connection: HTTP/1.1, or WebSocket if its first request asks for a stream.
  struct ServerChannel: ServerChildChannel, HTTPChannelHandler {
    typealias HTTP = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
    typealias WebSocket = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    /// What a connection became.
    enum Negotiated: Sendable {
      case http(HTTP)
      case stream(WebSocket, model: ServedModel)
    }

    struct Value: ServerChildChannelValue {
      let channel: any Channel
      let negotiated: EventLoopFuture<Negotiated>
    }

    /// The largest header of a request in bytes.
    private static let largestHeader = 32 << 10

    let services: Services
    let responder: HTTPChannelHandler.Responder

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
      let upgrader = NIOTypedWebSocketServerUpgrader<Negotiated>(
        maxFrameSize: StreamConnection.largestMessage,
        // Only those come here that may have a stream.
        shouldUpgrade: { channel, head in
          let offered = head.headers["Sec-WebSocket-Protocol"].joined(separator: ",")
          return channel.eventLoop.makeSucceededFuture(
            offered.contains(Gate.streamProtocol) ? ["Sec-WebSocket-Protocol": Gate.streamProtocol] : [:])
        },
        upgradePipelineHandler: { channel, head in
          channel.eventLoop.makeCompletedFuture {
            let model = try StreamRoute(services: services).model(
              for: HTTPRequest(head, secure: false, splitCookie: false))
            channel.pipeline.fireUserInboundEventTriggered(FirstRequestTimer.HasCome())
            try channel.pipeline.syncOperations.addHandler(
              NIOWebSocketFrameAggregator(
                minNonFinalFragmentSize: 1, maxAccumulatedFrameCount: 1024,
                maxAccumulatedFrameSize: StreamConnection.largestMessage))
            return .stream(try WebSocket(wrappingChannelSynchronously: channel), model: model)
          }
        })
      let upgrade = NIOTypedHTTPServerUpgradeConfiguration<Negotiated>(upgraders: [upgrader]) { channel in
        channel.eventLoop.makeCompletedFuture { try http(channel, logger: logger) }
      }
      var configuration = NIOUpgradableHTTPServerPipelineConfiguration(upgradeConfiguration: upgrade)
      // Requests that come at once are read one after the other, and what is not HTTP is answered, further in.
      configuration.enablePipelining = false
      configuration.enableErrorHandling = false
      configuration.decoderConfiguration.maxHeaderListSize = Self.largestHeader
      configuration.decoderConfiguration.maxHeaderFieldSize = Self.largestHeader
      configuration.decoderConfiguration.maxHeaderFieldCount = 100
      let final = configuration
      return channel.eventLoop.makeCompletedFuture {
        try channel.pipeline.syncOperations.addHandler(FirstRequestTimer())
        let negotiated = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
          configuration: final)
        try channel.pipeline.syncOperations.addHandler(
          UpgradeFilter(StreamRoute(services: services)),
          position: .before(
            channel.pipeline.syncOperations.handler(type: NIOTypedHTTPServerUpgradeHandler<Negotiated>.self)))
        return Value(channel: channel, negotiated: negotiated)
      }
    }

    private func http(_ channel: any Channel, logger: Logger) throws -> Negotiated {
      var limits = ConnectionHandler.Limits()
      limits.largestBody = max(services.settings.uploadLimit, services.settings.bodyLimit)
      try channel.pipeline.syncOperations.addHandlers([
        HTTP1ToHTTPServerCodec(secure: false),
        ConnectionHandler(
          limits: limits, connections: services.connections, isDraining: { [services] in services.isDraining }),
        HTTPConnectionStateHandler(logger: logger),
      ])
      channel.pipeline.fireUserInboundEventTriggered(FirstRequestTimer.HasCome())
      return .http(
        try HTTP(wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true)))
    }

    func handle(value: Value, logger: Logger) async {
      // A connection that ends before its first request is nothing.
      guard let negotiated = try? await value.negotiated.get() else { return }
      switch negotiated {
      case .http(let channel): await handleHTTP(asyncChannel: channel, logger: logger)
      case .stream(let channel, let model):
        await StreamConnection(channel: channel, model: model, services: services, logger: logger).run()
      }
    }
  }

  /// Takes the wish for another protocol out of requests that cannot have it, so that they get the answer of their route: NIO's handler
  /// would only close the connection.
  private final class UpgradeFilter: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let route: StreamRoute

    init(_ route: StreamRoute) { self.route = route }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      if case .head(var head) = unwrapInboundIn(data), head.headers.contains(name: "Upgrade"), !isStream(head) {
        head.headers.remove(name: "Upgrade")
        context.fireChannelRead(wrapInboundOut(.head(head)))
      } else {
        context.fireChannelRead(data)
      }
      // Only the first request can ask for it, and what follows may be frames.
      context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    /// Answers what is no HTTP, or has too large a header, before anyone else would.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      guard error is HTTPParserError else { return context.fireErrorCaught(error) }
      let head = HTTPResponseHead(
        version: .http1_1, status: .badRequest, headers: ["Connection": "close", "Content-Length": "0"])
      context.write(wrapOutboundOut(.head(head)), promise: nil)
      let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
      context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
    }

    private func isStream(_ head: HTTPRequestHead) -> Bool {
      guard head.method == .GET, head.headers["Upgrade"].first?.lowercased() == "websocket",
        head.headers["Connection"].joined(separator: ",").lowercased().contains("upgrade"),
        head.headers["Sec-WebSocket-Version"] == ["13"], head.headers["Sec-WebSocket-Key"].count == 1,
        head.headers["Sec-WebSocket-Key"].first?.isEmpty == false,
        let request = try? HTTPRequest(head, secure: false, splitCookie: false)
      else { return false }
      return (try? route.model(for: request)) != nil
    }
  }

  /// Closes a connection whose first request does not come.
  private final class FirstRequestTimer: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    /// The event by which the handler is told that it came.
    struct HasCome: Sendable {}

    private static let limit = TimeAmount.seconds(30)
    private var timer: Scheduled<Void>?

    func handlerAdded(context: ChannelHandlerContext) {
      let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
      timer = context.eventLoop.scheduleTask(in: Self.limit) { bound.value.close(promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      switch event {
      case is HasCome:
        timer?.cancel()
        timer = nil
        context.fireUserInboundEventTriggered(event)
      case is ChannelShouldQuiesceEvent where timer != nil:
        context.close(promise: nil)
      default: context.fireUserInboundEventTriggered(event)
      }
    }

    func channelInactive(context: ChannelHandlerContext) {
      timer?.cancel()
      context.fireChannelInactive()
    }
  }
#endif
