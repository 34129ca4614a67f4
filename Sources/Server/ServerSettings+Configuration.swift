#if Server
  import Configuration
  import Foundation
  import IR
  import SystemPackage
  import Tensors
  import VideoAccelerator

  /// Why settings cannot be used.
  public struct ServerSettingsError: UserFacingError, Equatable {
    /// What is wrong with which setting.
    public let problem: String

    /// A sentence that says what to do.
    public var description: String { problem }
  }

  extension ServerSettingsError: LocalizedError {}

  extension ServerSettings {
    /// A setting, by its name in a file; in the environment it is `ACCELERATOR_` and the name in upper case.
    private struct Setting {
      let name: String
      let set: @Sendable (inout ServerSettings, [String]) throws -> Void
    }

    /// The names of all settings.
    public static var names: [String] { all.map(\.name) }

    private static let all: [Setting] = [
      Setting(name: "bind") { settings, values in (settings.host, settings.port) = try address(one("bind", values)) },
      Setting(name: "grpc_port") { $0.grpcPort = try number("grpc_port", $1, in: 0...65535) },
      Setting(name: "models") { $0.models = try models($1) },
      Setting(name: "root") { $0.root = try one("root", $1) },
      Setting(name: "token") { $0.token = try token(one("token", $1)) },
      Setting(name: "token_file") { $0.token = try token(ofFile: one("token_file", $1)) },
      Setting(name: "precision") { settings, values in
        let text = try one("precision", values)
        guard let precision = Precision(rawValue: text) else {
          throw ServerSettingsError(problem: "precision is fp32, fp16 or int8, not \(text.quoted)")
        }
        settings.precision = precision
      },
      Setting(name: "threads") { $0.threads = try number("threads", $1, in: 1...256) },
      Setting(name: "parallel") { $0.turns = try number("parallel", $1, in: 1...256) },
      Setting(name: "batch_size") { $0.batchSize = try number("batch_size", $1, in: 1...64) },
      Setting(name: "queue") { $0.queue = try number("queue", $1, in: 1...10_000) },
      Setting(name: "streams") { $0.streams = try number("streams", $1, in: 0...1000) },
      Setting(name: "connections") { $0.connections = try number("connections", $1, in: 1...100_000) },
      Setting(name: "body_limit_mb") { $0.bodyLimit = try number("body_limit_mb", $1, in: 1...2048) << 20 },
      Setting(name: "upload_limit_mb") { $0.uploadLimit = try number("upload_limit_mb", $1, in: 1...1_000_000) << 20 },
      Setting(name: "duration_limit_s") { $0.videos.duration = try number("duration_limit_s", $1, in: 1...1e6) },
      Setting(name: "frame_limit") { $0.videos.frames = try number("frame_limit", $1, in: 1...100_000_000) },
      Setting(name: "memory_mb") { $0.memory = try number("memory_mb", $1, in: 1...1_000_000) << 20 },
      Setting(name: "disk_mb") { $0.disk = try number("disk_mb", $1, in: 1...100_000_000) << 20 },
      Setting(name: "time_limit_s") { $0.timeLimit = try number("time_limit_s", $1, in: 0.1...86_400) },
      Setting(name: "drain_s") { $0.drainTime = try number("drain_s", $1, in: 0...3600) },
    ]

    /// Reads settings: flags count before the environment, and that before a file.
    ///
    /// - Parameters:
    ///   - flags: The values of settings by name, such as of a command line.
    ///   - environment: The environment.
    ///   - file: The path of a JSON file; nil for none.
    /// - Throws: ``ServerSettingsError``; what is wrong with the file.
    public init(
      flags: [String: [String]], environment: [String: String] = ProcessInfo.processInfo.environment,
      file: String? = nil
    ) async throws {
      self.init()
      // One after the other, so that a token in the environment counts before a file with one.
      if let file { try set(try await Self.provider(ofFile: file)) }
      let known = environment.filter { $0.key.hasPrefix("ACCELERATOR_") }
      try set(
        EnvironmentVariablesProvider(
          environmentVariables: known, secretsSpecifier: .specific(["ACCELERATOR_TOKEN"])
        ).prefixKeys(with: "accelerator"))
      let values = flags.map { (AbsoluteConfigKey([$0.key]), ConfigValue(.stringArray($0.value), isSecret: false)) }
      try set(InMemoryProvider(name: "flags", values: Dictionary(uniqueKeysWithValues: values)))
      try check()
    }

    private mutating func set(_ provider: some ConfigProvider) throws {
      let config = ConfigReader(provider: provider)
      for setting in Self.all {
        if let values = Self.texts(setting.name, in: config) { try setting.set(&self, values) }
      }
    }

    private static func provider(ofFile path: String) async throws -> FileProvider<JSONSnapshot> {
      // The package does not say which keys nobody reads, where a file is no JSON, and which values it cannot use.
      for (key, field) in try JSON(contentsOf: path, sizeLimit: 1 << 20).document(path: path).entries() {
        guard names.contains(key) else {
          throw ServerSettingsError(
            problem:
              "\(path.printable) has an unknown setting \(key.quoted): there are \(names.joined(separator: ", "))")
        }
        switch field.json {
        case .string, .integer, .number: break
        case .array where key == "models": _ = try field.strings()
        default: throw field.error("is not a text or a number")
        }
      }
      return try await FileProvider<JSONSnapshot>(filePath: FilePath(path))
    }

    /// Returns the value of a setting as texts, whatever a file has it as.
    private static func texts(_ name: String, in config: ConfigReader) -> [String]? {
      let key = ConfigKey(stringLiteral: name)
      // In the environment, only a list has commas that separate.
      if name != "models", let text = config.string(forKey: key) { return [text] }
      if let texts = config.stringArray(forKey: key) { return texts }
      if let text = config.string(forKey: key) { return [text] }
      if let number = config.int(forKey: key) { return ["\(number)"] }
      if let number = config.double(forKey: key) { return ["\(number)"] }
      return nil
    }

    private func check() throws {
      let names = models.map(\.name)
      if let twice = names.first(where: { name in names.filter { $0 == name }.count > 1 }) {
        throw ServerSettingsError(
          problem:
            "two models have the name \(twice.quoted): name one of them otherwise, as in OTHER=\(twice.printable)"
        )
      }
      if threads > turns {
        throw ServerSettingsError(
          problem: "a request has \(threads) threads, but all together have \(turns) (parallel)")
      }
    }

    private static func one(_ name: String, _ values: [String]) throws -> String {
      guard values.count == 1, !values[0].isEmpty else {
        throw ServerSettingsError(problem: values.count > 1 ? "\(name) takes one value" : "\(name) has no value")
      }
      return values[0]
    }

    private static func number<Number: LosslessStringConvertible & Comparable>(
      _ name: String, _ values: [String], in range: ClosedRange<Number>
    ) throws -> Number {
      let text = try one(name, values)
      guard let number = Number(text), range.contains(number) else {
        throw ServerSettingsError(problem: "\(name) is \(range.lowerBound) to \(range.upperBound), not \(text.quoted)")
      }
      return number
    }

    /// Parses `8080`, `0.0.0.0:8080` and `[::1]:8080`.
    private static func address(_ text: String) throws -> (host: String, port: Int) {
      let parts = text.split(separator: ":", omittingEmptySubsequences: false)
      let host = parts.count == 1 ? "127.0.0.1" : parts.dropLast().joined(separator: ":")
      let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
      guard let port = parts.last.flatMap({ Int($0) }), (0...65535).contains(port), !bare.isEmpty,
        bare == host ? !host.contains(":") : true
      else {
        throw ServerSettingsError(
          problem: "bind is \(text.quoted): give a port, or HOST:PORT as in 0.0.0.0:8080 or [::1]:8080")
      }
      return (bare, port)
    }

    /// Parses `NAME=MODEL` and `MODEL`, which is named as its file.
    private static func models(_ values: [String]) throws -> [(name: String, source: String)] {
      try values.map { text in
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let source = parts.last ?? ""
        let name = parts.count == 2 ? parts[0] : Self.name(ofModelAt: source)
        guard !source.isEmpty, !name.isEmpty, name.utf8.count <= 200 else {
          throw ServerSettingsError(problem: "models has \(text.quoted): give a model's name or file, or NAME=FILE")
        }
        return (name, source)
      }
    }

    private static func name(ofModelAt path: String) -> String {
      let file = FileSystem.name(of: FileSystem.withoutTrailingSlashes(path))
      for ending in [".accel", ".onnx"] where file.hasSuffix(ending) { return String(file.dropLast(ending.count)) }
      return file
    }

    private static func token(_ text: String) throws -> String {
      guard text.utf8.count >= 8, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
        throw ServerSettingsError(problem: "the token has 8 or more characters of ASCII, without spaces")
      }
      return text
    }

    private static func token(ofFile path: String) throws -> String {
      guard let file = FileHandle(forReadingAtPath: path), let bytes = try file.read(upToCount: 4096) else {
        throw FileError(path: path, reason: "cannot be read, or is empty")
      }
      do {
        return try token(String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
      } catch let error as ServerSettingsError {
        throw ServerSettingsError(problem: "\(path.printable): \(error.problem)")
      }
    }
  }
#endif
