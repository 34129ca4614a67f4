#if Server
  import CPU
  import Logging
  import Serving

  /// What the routes of a server share.
  final class Services: Sendable {
    let models: ModelRepository
    let queue: RequestQueue
    /// The folder whose videos clients may name; nil for none.
    let root: VideoRoot?
    let settings: ServerSettings
    let gate: Gate
    let connections = Connections()
    /// The bytes of bodies in memory, and of uploads on the disk.
    let memory: ByteBudget
    let disk: ByteBudget
    let streams: OpenCount
    /// The loading and unloading that goes on; models are loaded one after the other.
    let loads = OpenCount(limit: 4, of: "models to load")
    let logger: Logger
    private let draining = Guarded(false)

    init(_ settings: ServerSettings, logger: Logger) throws {
      let executor = settings.turns == Executor.shared.threads ? .shared : try Executor(threads: settings.turns)
      models = ModelRepository(
        settings.models,
        settings: .init(precision: settings.precision, threads: settings.threads, batchSize: settings.batchSize),
        limits: settings.videos, executor: executor)
      queue = RequestQueue(turns: settings.turns, capacity: settings.queue, timeLimit: .seconds(settings.timeLimit))
      root = try settings.root.map { try VideoRoot($0) }
      gate = Gate(token: settings.token, address: settings.host)
      memory = ByteBudget(settings.memory, for: "memory for requests")
      disk = ByteBudget(settings.disk, for: "disk for uploads")
      streams = OpenCount(limit: settings.streams, of: "streams")
      (self.settings, self.logger) = (settings, logger)
    }

    /// Whether the server takes new requests.
    var isReady: Bool { !isDraining && models.isReady }

    /// Whether the server is about to end.
    var isDraining: Bool { draining.withLock { $0 } }

    /// Asks clients to use other connections, as the server is about to end.
    func drain() { draining.withLock { $0 = true } }
  }

  /// The number of things that are open, such as streams.
  final class OpenCount: Sendable {
    private let limit: Int
    private let name: String
    private let count = Guarded(0)

    init(limit: Int, of name: String) { (self.limit, self.name) = (limit, name) }

    var value: Int { count.withLock { $0 } }

    /// Counts one more.
    ///
    /// - Throws: ``ServingError/busy(_:seconds:)`` if there are too many.
    func add() throws(ServingError) {
      let hasRoom = count.withLock { count in
        guard count < limit else { return false }
        count += 1
        return true
      }
      if !hasRoom { throw .busy("this server has \(limit) \(name) already", seconds: 10) }
    }

    func remove() { count.withLock { $0 -= 1 } }
  }
#endif
