#if Server
  import CPU
  import Foundation
  import Logging
  import Reports
  import Tensors

  /// Writes each message of a log as one JSON object on a line.
  struct JSONLog: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let label: String
    private let output: @Sendable (String) -> Void

    init(label: String, level: Logger.Level, output: @escaping @Sendable (String) -> Void) {
      (self.label, logLevel, self.output) = (label, level, output)
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      var line: JSONObject = [
        "time": .string(Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))),
        "level": .string(event.level.rawValue), "message": .string("\(event.message)"),
      ]
      let all = metadata.merging(event.metadata ?? [:]) { $1 }
      for (key, value) in all.sorted(by: { $0.key < $1.key }) where line[key] == nil { line[key] = Self.json(value) }
      output(JSON.object(line).text())
    }

    private static func json(_ value: Logger.MetadataValue) -> JSON {
      switch value {
      case .string(let text): .string(text)
      case .stringConvertible(let value as Int): JSON(value)
      case .stringConvertible(let value as Double): .rounded(value)
      case .stringConvertible(let value): .string("\(value)")
      case .array(let values): .array(values.map(json))
      case .dictionary(let values):
        .object(JSONObject(values.sorted { $0.key < $1.key }.map { ($0.key, json($0.value)) }))
      }
    }
  }

  /// The log of a server.
  public enum ServerLog {
    /// Returns a handler that writes each message as one JSON object on a line.
    ///
    /// - Parameters:
    ///   - label: The name of the logger.
    ///   - level: The least important messages that are written.
    ///   - output: Called with each line, on any thread.
    public static func handler(
      label: String, level: Logger.Level, output: @escaping @Sendable (String) -> Void
    ) -> any LogHandler { JSONLog(label: label, level: level, output: output) }
  }
#endif
