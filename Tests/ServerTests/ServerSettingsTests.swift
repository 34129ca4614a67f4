#if Server
  import CoreMetrics
  import Foundation
  import HTTPTypes
  import Serving
  import Tensors
  import TestSupport
  import Testing

  @testable import Server

  /// Settings come from options, the environment and a file, in this order.
  @Suite struct ServerSettingsTests {
    @Test("options count before the environment, and that before a file")
    func order() async throws {
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let file = folder.appendingPathComponent("serve.json")
      try Data(
        #"{"bind": "0.0.0.0:1", "queue": 7, "streams": 3, "time_limit_s": 1.5, "models": ["a=x.accel", "b.onnx"]}"#.utf8
      ).write(to: file)
      let settings = try await ServerSettings(
        flags: ["bind": ["[::1]:9000"]],
        environment: ["ACCELERATOR_QUEUE": "8", "ACCELERATOR_TOKEN": "secret-secret", "QUEUE": "9"], file: file.path)
      #expect(settings.host == "::1" && settings.port == 9000)
      #expect(settings.queue == 8 && settings.streams == 3 && settings.timeLimit == 1.5)
      #expect(settings.token == "secret-secret")
      #expect(settings.models.map(\.name) == ["a", "b"] && settings.models.map(\.source) == ["x.accel", "b.onnx"])
    }

    @Test("without settings it is the bundled model on this machine only")
    func defaults() async throws {
      let settings = try await ServerSettings(flags: [:], environment: [:])
      #expect(
        settings.host == "127.0.0.1" && settings.port == 8080 && settings.token == nil && settings.grpcPort == nil)
      #expect(settings.models.count == 1)
    }

    @Test(
      "a value that cannot be used is an error that names the setting",
      arguments: [
        ("bind", "nowhere"), ("bind", "1.2.3.4:99999"), ("bind", "::1:80"), ("queue", "0"), ("queue", "many"),
        ("threads", "1.5"), ("token", "short"), ("token", "with a space in it"), ("precision", "fp8"), ("models", "=x"),
        ("models", ""), ("models", "a="), ("time_limit_s", "-1"),
      ])
    func errors(_ name: String, _ value: String) async {
      let error = await #expect(throws: ServerSettingsError.self) {
        try await ServerSettings(flags: [:], environment: ["ACCELERATOR_\(name.uppercased())": value])
      }
      #expect(error?.isBadInput == true)
    }

    @Test("a file with an unknown setting, and two models of one name, are errors")
    func unknown() async throws {
      let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).json")
      defer { try? FileManager.default.removeItem(at: file) }
      for text in [#"{"ports": 1}"#, "[]", "{", #"{"models": ["a/x.accel", "b/x.accel"]}"#] {
        try Data(text.utf8).write(to: file)
        await #expect {
          try await ServerSettings(flags: [:], environment: [:], file: file.path)
        } throws: {
          $0 is any UserFacingError
        }
      }
    }
  }

  /// Who may use the server.
  @Suite struct GateTests {
    private func head(_ fields: [(String, String)], host: String = "localhost:8080") throws -> HTTPRequest {
      var headers = HTTPFields()
      for (name, value) in fields { headers.append(HTTPField(name: try #require(.init(name)), value: value)) }
      return HTTPRequest(method: .get, scheme: "http", authority: host, path: "/v1/models", headerFields: headers)
    }

    @Test("the token opens, and nothing else")
    func token() throws {
      let gate = Gate(token: "right-token")
      try gate.check(head([("Authorization", "Bearer right-token")]))
      try gate.check(head([("Authorization", "bearer  right-token")]))
      for field in ["", "right-token", "Basic right-token", "Bearer wrong-token", "Bearer right-token2", "Bearer"] {
        #expect(throws: ServingError.unauthorized) { try gate.check(head([("Authorization", field)])) }
      }
      #expect(throws: ServingError.unauthorized) { try gate.check(head([])) }
      try gate.checkStream(head([("Sec-WebSocket-Protocol", "accelerator.v1, bearer.cmlnaHQtdG9rZW4")]))
      #expect(throws: ServingError.unauthorized) {
        try gate.checkStream(head([("Sec-WebSocket-Protocol", "accelerator.v1, bearer.d3Jvbmc")]))
      }
    }

    @Test("pages of other sites are kept out, and the server's own let in")
    func origins() throws {
      let gate = Gate(token: nil)
      try gate.check(head([]))
      try gate.check(head([("Origin", "http://LOCALHOST:8080")]))
      try gate.check(head([("Origin", "https://video.example")], host: "video.example"))
      for origin in ["http://evil.example", "http://localhost:8081", "null", "localhost:8080"] {
        #expect(throws: ServingError.otherSite(origin)) { try gate.check(head([("Origin", origin)])) }
        #expect(throws: ServingError.otherSite(origin)) { try gate.checkStream(head([("Origin", origin)])) }
      }
    }
  }

  /// Metrics are told as Prometheus reads them.
  @Suite struct PrometheusTests {
    @Test("counters, gauges and histograms have their lines, in the order of their names")
    func text() {
      let prometheus = Prometheus()
      prometheus.makeCounter(label: "b_total", dimensions: [("path", "a\"b\\\n")]).increment(by: 2)
      prometheus.makeCounter(label: "b_total", dimensions: [("path", "a\"b\\\n")]).increment(by: 1)
      prometheus.makeMeter(label: "a.gauge", dimensions: []).set(1.5)
      let timer = prometheus.makeTimer(label: "c_seconds", dimensions: [])
      timer.recordNanoseconds(2_000_000)
      timer.recordNanoseconds(400_000_000_000)
      let lines = prometheus.text.split(separator: "\n")
      #expect(lines.first == "# TYPE a_gauge gauge" && lines[1] == "a_gauge 1.5")
      #expect(lines[3] == #"b_total{path="a\"b\\\n"} 3"#)
      #expect(lines.contains(#"c_seconds_bucket{le="0.001"} 0"#) && lines.contains(#"c_seconds_bucket{le="0.0025"} 1"#))
      #expect(lines.contains(#"c_seconds_bucket{le="+Inf"} 2"#) && lines.contains("c_seconds_count 2"))
      #expect(lines.contains("c_seconds_sum 400.002"))
    }
  }
#endif
