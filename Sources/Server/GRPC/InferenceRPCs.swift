#if Server
  import GRPCCore
  import ServiceLifecycle

  /// The server of gRPC, on a port of its own.
  struct InferenceRPCs: Service {
    let services: Services
    let port: Int
    let ports: Ports

    func run() async throws {
      let settings = services.settings
      let transport = GRPCTransport(
        host: settings.host, port: port,
        limits: .init(message: settings.bodyLimit, connections: settings.connections), budget: services.memory,
        logger: services.logger,
        onListening: { ports.listens(grpc: $0) })
      let server = GRPCServer(
        transport: transport, services: [InferenceService(services: services)],
        interceptors: [TokenInterceptor(gate: services.gate)])
      try await withGracefulShutdownHandler {
        try await server.serve()
      } onGracefulShutdown: {
        server.beginGracefulShutdown()
      }
    }
  }
#endif
