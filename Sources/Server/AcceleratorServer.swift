#if Server
  import CPU
  import Foundation
  import GRPCCore
  import Hummingbird
  import HummingbirdCore
  import Logging
  import NIOCore
  import NIOPosix
  import Serving
  import ServiceLifecycle
  import Tensors
  import VideoAccelerator

  /// A server of models: the Open Inference Protocol, questions about videos, streams, and a page to try them.
  ///
  /// ```swift
  /// var settings = ServerSettings()
  /// settings.models = [("x3d_s", "x3d_s.accel")]
  /// try await AcceleratorServer(settings).run()
  /// ```
  ///
  /// It is a `Service`: when its service group shuts down gracefully, it answers what it has accepted, and then ends.
  public struct AcceleratorServer: Service {
    private let services: Services
    private let prometheus: Prometheus?
    private let onReady: @Sendable (_ http: Int, _ grpc: Int?) -> Void

    /// Creates a server, without loading its models.
    ///
    /// - Parameters:
    ///   - settings: How it is set up.
    ///   - logger: Where it logs requests and failures.
    ///   - prometheus: The metrics that it shows at `/metrics`; nil for none.
    ///   - onReady: Called with its ports when it listens and its models are loaded.
    /// - Throws: `FileError` if the folder of videos is none.
    public init(
      _ settings: ServerSettings = ServerSettings(), logger: Logger = Logger(label: "accelerator"),
      prometheus: Prometheus? = nil, onReady: @escaping @Sendable (_ http: Int, _ grpc: Int?) -> Void = { _, _ in }
    ) throws {
      services = try Services(settings, logger: logger)
      (self.prometheus, self.onReady) = (prometheus, onReady)
    }

    /// Loads the models, and serves until the service group shuts down.
    ///
    /// - Throws: What keeps a model from being loaded; what keeps the server from listening.
    public func run() async throws {
      let services = services
      try await onOwnThread { _ in try services.models.loadAll() }
      let ports = Ports(isWhole: services.settings.grpcPort == nil, onReady: onReady)
      var all: [any Service] = [application(ports)]
      if let port = services.settings.grpcPort {
        all.append(InferenceRPCs(services: services, port: port, ports: ports))
      }
      // The last one ends first.
      all.append(Drain(services: services))
      var configuration = ServiceGroupConfiguration(services: all, logger: services.logger)
      configuration.maximumGracefulShutdownDuration = .seconds(
        services.settings.timeLimit + services.settings.drainTime + 30)
      do {
        try await ServiceGroup(configuration: configuration).run()
      } catch {
        throw Self.explained(error, services.settings)
      }
    }

    /// Returns what keeps the server from listening as a sentence.
    private static func explained(_ error: any Error, _ settings: ServerSettings) -> any Error {
      let cause = (error as? GRPCCore.RuntimeError)?.cause ?? error
      switch cause {
      case let error as IOError:
        return ServerSettingsError(
          problem: "the server cannot listen at \(settings.host), port \(settings.port)"
            + (settings.grpcPort.map { " and \($0)" } ?? "") + ": \(String(cString: strerror(error.errnoCode)))")
      case is SocketAddressError, is SocketAddressError.UnknownHost:
        return ServerSettingsError(problem: "\(settings.host.quoted) is not the name of an address of this machine")
      default: return error
      }
    }

    private var routes: [Route] {
      HealthRoutes(services: services).routes + InferenceRoutes(services: services).routes
        + RepositoryRoutes(services: services).routes + VideoRoutes(services: services).routes
        + StreamRoute(services: services).routes + MetricsRoute(services: services, prometheus: prometheus).routes
        + PageRoutes().routes
    }

    private func application(_ ports: Ports) -> some Service {
      let routes = routes
      let router = Router(context: ServerContext.self)
      router.addMiddleware {
        RequestObserver(services: services)
        ErrorAnswers(routes: routes)
      }
      router.add(routes, gate: services.gate)
      let settings = services.settings
      return Application(
        router: router, server: .init { ServerChannel(services: services, responder: $0) },
        configuration: .init(
          address: .hostname(settings.host, port: settings.port), serverName: "accelerator", backlog: 1024,
          availableConnectionsDelegate: MaximumAvailableConnections(settings.connections, logger: services.logger)),
        onServerRunning: { channel in ports.listens(http: channel.localAddress?.port ?? settings.port) },
        logger: services.logger)
    }
  }

  /// Gives clients time to notice that the server is about to end, before connections are refused.
  private struct Drain: Service {
    let services: Services

    func run() async throws {
      try await gracefulShutdown()
      services.drain()
      services.logger.info("draining")
      try await Task.sleep(for: .seconds(services.settings.drainTime))
    }
  }

  /// Tells the ports once all are known.
  final class Ports: Sendable {
    private let known = Guarded<(http: Int?, grpc: Int?)>((nil, nil))
    private let isWhole: Bool
    private let onReady: @Sendable (_ http: Int, _ grpc: Int?) -> Void

    /// - Parameter isWhole: Whether there is no port of gRPC.
    init(isWhole: Bool, onReady: @escaping @Sendable (_ http: Int, _ grpc: Int?) -> Void) {
      (self.isWhole, self.onReady) = (isWhole, onReady)
    }

    func listens(http: Int? = nil, grpc: Int? = nil) {
      let (http, grpc) = known.withLock { known in
        known = (http ?? known.http, grpc ?? known.grpc)
        return known
      }
      if let http, isWhole || grpc != nil { onReady(http, grpc) }
    }
  }
#endif
