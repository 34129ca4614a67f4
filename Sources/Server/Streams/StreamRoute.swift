#if Server
  import HTTPTypes
  import Hummingbird
  import HummingbirdCore
  import Serving

  /// `/v1/streams`, where connections become WebSockets.
  struct StreamRoute {
    static let path = "/v1/streams"

    let services: Services

    /// Who comes here has no WebSocket: the reason is an error, or that it did not ask for one.
    var routes: [Route] {
      [
        Route(
          Self.path, isOpen: true,
          get: { request, _ in
            _ = try model(for: request.head)
            return Response(
              ["error": "streams are WebSockets: ask for one with 'Upgrade: websocket'"], status: .upgradeRequired,
              headers: [.upgrade: "websocket", .secWebSocketVersion: "13"])
          })
      ]
    }

    /// Returns the model of a request for a stream.
    ///
    /// - Throws: ``ServingError`` if the client may not have it.
    func model(for head: HTTPRequest) throws(ServingError) -> ServedModel {
      let uri = URI(head.path ?? "")
      guard uri.path == Self.path else { throw .notFound(uri.path) }
      try services.gate.checkStream(head)
      guard !services.isDraining else { throw .draining }
      let parameters = try Request(head: head, body: .init(buffer: .init())).parameters()
      if let other = parameters.first(where: { $0.name != "model" }) {
        throw .request("there is no parameter \(other.name.quoted) of streams")
      }
      return try services.models.model(parameters.first?.value, for: .streams)
    }
  }
#endif
