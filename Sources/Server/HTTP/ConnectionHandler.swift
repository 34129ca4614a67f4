#if Server
  import Foundation
  import HTTPTypes
  import NIOCore
  import NIOHTTPTypes
  import Serving

  /// Watches a connection: ends those that are too slow or idle, notices clients that go, and closes with what remains unread.
  ///
  /// It is used on the channel's event loop only.
  final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// How long clients may take.
    struct Limits: Sendable {
      /// The time between requests, and for a request's header.
      var idle = TimeAmount.seconds(60)
      /// The time for a request's body, which grows with what has come.
      var body = TimeAmount.seconds(20)
      /// The bytes of a body for each of which a second is added.
      var bytesPerSecond: Int64 = 16 << 10
      /// The time for reading an answer.
      var answer = TimeAmount.seconds(60)
      /// The time that a client has to read an answer to a request that was not read to its end.
      var linger = TimeAmount.seconds(2)
      /// The largest body that is asked for.
      var largestBody = 0
      /// The time for bodies that are still coming when the server is about to end.
      var bodyWhileDraining = TimeAmount.seconds(10)
    }

    private static let interval = TimeAmount.seconds(1)

    private let limits: Limits
    private let connections: Connections
    private let isDraining: () -> Bool
    /// When the server was first seen to be about to end.
    private var drainStart: NIODeadline?
    private var watch: RepeatedTask?
    /// When the connection became idle.
    private var idleSince = NIODeadline.now()
    /// When the request's header came whose body is still coming.
    private var bodyStart: NIODeadline?
    private var bodyBytes: Int64 = 0
    /// When the answer began that is being written.
    private var answerStart: NIODeadline?
    /// The number of requests that were not answered.
    private var unanswered = 0
    private var closesAfterAnswer = false
    private var isLingering = false

    init(limits: Limits, connections: Connections, isDraining: @escaping () -> Bool) {
      (self.limits, self.connections, self.isDraining) = (limits, connections, isDraining)
    }

    func handlerAdded(context: ChannelHandlerContext) {
      idleSince = .now()
      let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
      watch = context.eventLoop.scheduleRepeatedTask(initialDelay: Self.interval, delay: Self.interval) { _ in
        let (handler, context) = bound.value
        handler.check(context)
      }
    }

    func handlerRemoved(context: ChannelHandlerContext) { watch?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
      watch?.cancel()
      connections.ended(context.channel)
      context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      if isLingering { return }
      switch unwrapInboundIn(data) {
      case .head(let head):
        unanswered += 1
        (bodyStart, bodyBytes) = (.now(), 0)
        // However it is written; it is Hummingbird's only if it is `close`.
        let wishes = head.headerFields[.connection]?.lowercased().split(separator: ",") ?? []
        if wishes.contains(where: { $0.trimmingCharacters(in: .whitespaces) == "close" }) { closesAfterAnswer = true }
        // Behind a request that is not answered it would be taken for its answer.
        if unanswered == 1, head.headerFields[.expect]?.lowercased() == "100-continue",
          head.headerFields[.contentLength].flatMap({ Int($0) }) ?? 0 <= limits.largestBody
        {
          context.writeAndFlush(wrapOutboundOut(.head(.init(status: .continue))), promise: nil)
        }
      case .body(let bytes): bodyBytes += Int64(bytes.readableBytes)
      case .end: bodyStart = nil
      }
      context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if case ChannelEvent.inputClosed? = event as? ChannelEvent {
        if isLingering { return context.close(promise: nil) }
        // Who closes before the answer does not want it.
        if bodyStart == nil { connections.ended(context.channel) }
      }
      context.fireUserInboundEventTriggered(event)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
      switch unwrapOutboundIn(data) {
      case .head(let head):
        answerStart = .now()
        if head.headerFields[.connection]?.lowercased() == "close" { closesAfterAnswer = true }
        context.write(data, promise: promise)
      case .body: context.write(data, promise: promise)
      case .end:
        unanswered -= 1
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let written = promise ?? context.eventLoop.makePromise()
        written.futureResult.whenComplete { _ in
          let (handler, context) = bound.value
          handler.answerWritten(context)
        }
        context.write(data, promise: written)
      }
    }

    private func answerWritten(_ context: ChannelHandlerContext) {
      (answerStart, idleSince) = (nil, .now())
      // A body that is still coming may be that of the next request.
      if (bodyStart != nil && unanswered == 0) || closesAfterAnswer { linger(context) }
    }

    /// Closes in a way that lets the client read the answer: closing with bytes unread would destroy it on its way.
    private func linger(_ context: ChannelHandlerContext) {
      guard !isLingering else { return }
      isLingering = true
      context.close(mode: .output, promise: nil)
      let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
      context.eventLoop.scheduleTask(in: limits.linger) { bound.value.close(promise: nil) }
    }

    private func check(_ context: ChannelHandlerContext) {
      guard !isLingering else { return }
      let now = NIODeadline.now()
      if drainStart == nil, isDraining() { drainStart = now }
      if bodyStart != nil, let drainStart, now - drainStart > limits.bodyWhileDraining {
        return context.fireErrorCaught(ServingError.draining)
      }
      if let bodyStart, now - bodyStart > limits.body + .seconds(bodyBytes / limits.bytesPerSecond) {
        // Whoever reads the body answers; if nobody does any more, that is the end.
        if now - bodyStart > limits.body + limits.answer + .seconds(bodyBytes / limits.bytesPerSecond) {
          context.close(promise: nil)
        } else {
          context.fireErrorCaught(ServingError.tooSlow)
        }
      } else if let answerStart, now - answerStart > limits.answer {
        context.close(promise: nil)
      } else if unanswered == 0, answerStart == nil, now - idleSince > limits.idle {
        context.close(promise: nil)
      }
    }
  }
#endif
