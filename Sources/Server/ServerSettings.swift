#if Server
  import CPU
  import IR
  import Serving
  import Zoo

  /// How a server is set up.
  public struct ServerSettings: Sendable {
    /// The address that it listens to.
    public var host = "127.0.0.1"
    /// The port; 0 for any that is free.
    public var port = 8080
    /// The port of gRPC on the same address; nil for none, 0 for any that is free.
    public var grpcPort: Int?
    /// The name of each model, and what it is loaded of, as in `ModelRequest`.
    public var models: [(name: String, source: String)] = [(BundledModel.standard.name, BundledModel.standard.name)]
    /// The folder whose videos clients may name; nil for none.
    public var root: String?
    /// What clients must know; nil for nothing.
    public var token: String?
    /// The number format to run in; nil for each model's own.
    public var precision: Precision?
    /// The number of threads for each request.
    public var threads = 1
    /// The number of requests that compute at the same time.
    public var turns = Executor.shared.threads
    /// The largest number of clips that run in a row, of several requests.
    public var batchSize = 1
    /// The number of requests that are taken, computing and waiting.
    public var queue = 64
    /// The number of streams.
    public var streams = 16
    /// The number of connections.
    public var connections = 1024
    /// The largest body of tensors in bytes.
    public var bodyLimit = 64 << 20
    /// The largest video in bytes.
    public var uploadLimit = 1 << 30
    /// How long videos may be.
    public var videos = VideoLimits()
    /// The bytes of all bodies in memory.
    public var memory = 512 << 20
    /// The bytes of all uploads on the disk.
    public var disk = 4 << 30
    /// The seconds that a request may compute.
    public var timeLimit = 300.0
    /// The seconds in which clients are told that the server is about to end, before it takes no more connections.
    public var drainTime = 1.0

    /// Creates the default settings: the bundled model, on this machine only.
    public init() {}
  }
#endif
