import Foundation
import Tensors

/// A log of one JSON object per line: a step, an epoch or a text.
public final class JSONLinesLog: TrainingLog {
  private let file: AppendedFile

  /// Opens the log at a path.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - step: The step of the checkpoint that training resumes from, after which the log is cut off; nil to start a
  ///     new log.
  /// - Throws: `FileError`; `FormatError` if the existing file is not such a log.
  public init(path: String, resumingAfter step: Int? = nil) throws {
    let kept = try step.map { step in try Self.lines(path, upTo: step) } ?? []
    try AtomicFile.write(to: path) { file in
      for line in kept { try file.append(Array(line) + [UInt8(ascii: "\n")]) }
    }
    file = try AppendedFile(path: path)
  }

  /// Appends an event.
  public func write(_ event: TrainingEvent) throws { try file.append(Array("\(event.json.text())\n".utf8)) }

  /// Returns all events of a log; one that was not written completely, because the machine went down, is left out.
  ///
  /// - Throws: `FileError`, or `FormatError` that names the place.
  public static func events(path: String) throws -> [TrainingEvent] { try parsed(path).map(\.event) }

  private static func lines(_ path: String, upTo step: Int) throws -> [[UInt8]] {
    guard FileSystem.exists(path) else { return [] }
    return try parsed(path).filter { $0.event.step <= step }.map(\.line)
  }

  private static func parsed(_ path: String) throws -> [(line: [UInt8], event: TrainingEvent)] {
    let file = try MappedFile(path: path)
    let bytes = file.copy(0..<file.count)
    // What follows the last line feed was not written completely.
    let whole = bytes.lastIndex(of: UInt8(ascii: "\n")).map { bytes[..<$0] } ?? []
    return try whole.split(separator: UInt8(ascii: "\n")).map { line in
      let json = try JSON(parsing: Array(line), path: path, start: line.startIndex)
      return (Array(line), try TrainingEvent(json.document(path: path)))
    }
  }
}
