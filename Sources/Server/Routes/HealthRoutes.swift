#if Server
  import Hummingbird
  import Serving
  import Tensors

  /// Whether the server lives, and takes requests: for Kubernetes, balancers and clients of the Open Inference Protocol.
  struct HealthRoutes {
    let services: Services

    var routes: [Route] {
      [
        Route("/health/live", isOpen: true, get: { _, _ in Response(["live": true]) }),
        Route("/health/ready", isOpen: true, get: ready),
        Route("/v2/health/live", isOpen: true, get: { _, _ in Response(["live": true]) }),
        Route("/v2/health/ready", isOpen: true, get: ready),
      ]
    }

    private var ready: Route.Handler {
      { [services] _, _ in
        Response(["ready": .bool(services.isReady)], status: services.isReady ? .ok : .serviceUnavailable)
      }
    }
  }
#endif
