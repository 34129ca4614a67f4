#if Server
  import HTTPTypes
  import Hummingbird
  import Logging
  import Metrics

  /// Counts, times and logs requests, and tells clients what a draining server wants of them.
  struct RequestObserver: RouterMiddleware {
    let services: Services

    private static let methods: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .delete, .patch, .options]

    func handle(
      _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
      let clock = ContinuousClock()
      let start = clock.now
      var response = try await next(request, context)
      let time = clock.now - start
      if request.method == .head { response = response.createHeadResponse() }
      response.headers[.xContentTypeOptions] = "nosniff"
      // Its next request may come when nobody listens any more.
      if services.isDraining { response.headers[.connection] = "close" }
      // The names of routes, and not those that clients make up, so that their number is bounded.
      let route = context.endpointPath ?? "unknown"
      let method = Self.methods.contains(request.method) ? request.method.rawValue : "other"
      let labels = [("route", route), ("method", method), ("status", "\(response.status.code)")]
      Counter(label: "http_requests_total", dimensions: labels).increment()
      Metrics.Timer(label: "http_request_duration_seconds", dimensions: [("route", route)]).recordNanoseconds(
        Int64(time / .nanoseconds(1)))
      let isProbe = route.hasPrefix("/health") || route.hasPrefix("/v2/health") || route == "/metrics"
      context.logger.log(
        level: isProbe ? .debug : .info, "request",
        metadata: [
          "method": "\(request.method.rawValue.prefix(16))", "path": "\(request.uri.path.prefix(200))",
          "status": .stringConvertible(response.status.code), "ms": .stringConvertible(time / .milliseconds(1)),
        ])
      return response
    }
  }
#endif
