import Foundation
import Tensors

/// What the results of a batch follow from, by name: a run is resumed with the same settings alone.
struct BatchSettings: Equatable {
  private let values: JSONObject

  /// Creates the settings of a batch's run.
  init(job: BatchJob, list: BatchList, shard: Shard) {
    var values = JSONObject(job.settings.map { ($0, .string($1)) })
    values["list"] = .string(list.summary)
    values["shard"] = .string("\(shard)")
    self.values = values
  }

  /// Reads the settings of a run.
  ///
  /// - Throws: `FileError` or `FormatError` if the file is not readable JSON of such settings.
  init(contentsOf path: String) throws {
    let entries = try JSON(contentsOf: path).document(path: path).entries()
    values = try JSONObject(entries.map { ($0.key, .string(try $0.field.string())) })
  }

  /// Writes the settings as JSON.
  func write(to path: String) throws {
    try AtomicFile.write(to: path) { try $0.append(Array("\(JSON.object(values).text(pretty: true))\n".utf8)) }
  }

  /// Returns what differs from the settings of an earlier run, each as in `top 5 → 3`.
  func differences(from earlier: BatchSettings) -> [String] {
    let names = earlier.values.keys + values.keys.filter { earlier.values[$0] == nil }
    return names.filter { values[$0] != earlier.values[$0] }.map { name in
      "\(name.printable) \(Self.text(earlier.values[name])) → \(Self.text(values[name]))"
    }
  }

  private static func text(_ value: JSON?) -> String {
    guard case .string(let text) = value else { return "none" }
    return text.printable
  }
}
