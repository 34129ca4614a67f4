#if Server
  import ArgumentParser
  import CoreMetrics
  import Foundation
  import IR
  import Logging
  import Server
  import ServiceLifecycle
  import Tensors
  import VideoAccelerator
  import Zoo

  /// `accelerator serve`.
  struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "serve",
      abstract: "Serve models over HTTP: for programs, and with a page to try them.",
      discussion: """
        EXAMPLES:
          accelerator serve
          accelerator serve --model x3d_s.accel --model shots=transnetv2
          accelerator serve --bind 0.0.0.0:8080 --token-file token --root /videos
          accelerator serve --grpc-port 8001
          accelerator serve --config serve.json
          curl --data-binary @clip.mp4 localhost:8080/v1/classify
          curl --json '{"paths": ["a.mp4", "b.mp4"]}' localhost:8080/v1/classify

        http://localhost:8080/ is a page for videos and cameras; /openapi.yaml
        describes the rest: /v1 takes videos, /v2 is the Open Inference Protocol
        (KServe v2) of Triton's and OpenVINO's clients, /v1/streams a WebSocket for
        frames as they come, /metrics is for Prometheus, /health/live and
        /health/ready are for probes.

        It listens to this machine only, unless --bind says otherwise; then give it a
        token, and a proxy for TLS. Ctrl-C and SIGTERM let it answer what it has
        accepted; a second signal ends it at once.

        Every option can be in a JSON file or the environment, by its name with
        underscores: {"bind": "0.0.0.0:8080", "models": ["x3d_s.accel"], "queue": 128},
        ACCELERATOR_QUEUE=128. Options count before the environment, and that before
        the file. The token can be in ACCELERATOR_TOKEN.
        """)

    @Option(
      name: .customLong("model"),
      help: ArgumentHelp(
        """
        A model of the zoo, a model folder, an .accel or an .onnx file, with the name that clients use; repeat for \
        others. The first is the default. (default: \(BundledModel.standard.name))
        """, valueName: "name=model"), completion: .list(ModelRequest.names))
    var models: [String] = []

    @Option(
      help: ArgumentHelp(
        "The address and port; port 0 is any free one. (default: 127.0.0.1:8080)", valueName: "host:port"))
    var bind: String?

    @Option(
      help: ArgumentHelp("A port for gRPC, on the same address: 8001 is usual. (default: none)", valueName: "port"))
    var grpcPort: Int?

    @Option(
      help: ArgumentHelp(
        "A folder whose videos clients may name by their paths in it. (default: none)", valueName: "folder"),
      completion: .directory)
    var root: String?

    @Option(
      help: ArgumentHelp("A file with the token that clients must send. (default: none is wanted)", valueName: "file"),
      completion: .file())
    var tokenFile: String?

    @Option(
      help: ArgumentHelp("A JSON file with options.", valueName: "file"), completion: .file(extensions: ["json"]))
    var config: String?

    @OptionGroup var precisionOption: PrecisionOption

    @Option(
      help: ArgumentHelp(
        "Number of requests that compute at the same time. (default: one for each core)", valueName: "n"))
    var parallel: Int?

    @Option(help: ArgumentHelp("Number of threads for each request. (default: 1)", valueName: "n"))
    var threads: Int?

    @Option(
      help: ArgumentHelp(
        "Clips of several requests that run in a row, while others wait: for models that do not fit the caches. (default: 1)",
        valueName: "n"))
    var batchSize: Int?

    @Option(
      help: ArgumentHelp(
        "Number of requests that are taken; others are told to try again. (default: 64)", valueName: "n"))
    var queue: Int?

    @Option(help: ArgumentHelp("Number of streams. (default: 16)", valueName: "n"))
    var streams: Int?

    @Option(name: .customLong("upload-limit-mb"), help: ArgumentHelp("Largest video. (default: 1024)", valueName: "MB"))
    var uploadLimit: Int?

    @Option(
      name: .customLong("time-limit-s"),
      help: ArgumentHelp("Longest time that a request computes. (default: 300)", valueName: "seconds"))
    var timeLimit: Double?

    @Option(
      help: ArgumentHelp(
        "What is logged, as JSON on standard error: debug, info, warning or error. (default: info)", valueName: "level")
    )
    var logLevel = Logger.Level.info

    func run() async throws {
      let settings = try await ServerSettings(flags: flags, file: config)
      let level = logLevel
      LoggingSystem.bootstrap { label in ServerLog.handler(label: label, level: level) { Terminal.log($0) } }
      let prometheus = Prometheus()
      MetricsSystem.bootstrap(prometheus)
      if settings.token == nil, !["127.0.0.1", "localhost", "::1"].contains(settings.host) {
        Terminal.log("warning: other machines can use this server without a token (--token-file)")
      }
      let server = try AcceleratorServer(settings, prometheus: prometheus) { http, grpc in
        let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        Terminal.log("serving at http://\(host):\(http)/" + (grpc.map { " and gRPC at \(host):\($0)" } ?? ""))
      }
      let group = ServiceGroup(configuration: .init(services: [server], logger: Logger(label: "accelerator")))
      Interruption.watch { Task { await group.triggerGracefulShutdown() } }
      try await group.run()
    }

    /// The options that were given, by the names of settings.
    private var flags: [String: [String]] {
      var flags: [String: [String]] = [:]
      if !models.isEmpty { flags["models"] = models }
      let single: [(String, (any CustomStringConvertible)?)] = [
        ("bind", bind), ("grpc_port", grpcPort), ("root", root), ("token_file", tokenFile),
        ("precision", precisionOption.precision?.rawValue),
        ("parallel", parallel), ("threads", threads), ("batch_size", batchSize), ("queue", queue), ("streams", streams),
        ("upload_limit_mb", uploadLimit), ("time_limit_s", timeLimit),
      ]
      for (name, value) in single { if let value { flags[name] = ["\(value)"] } }
      return flags
    }
  }

  extension Logger.Level: @retroactive ExpressibleByArgument {}
#endif
