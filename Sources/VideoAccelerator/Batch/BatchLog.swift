import Foundation
import Tensors

/// Whether a batch begins, goes on, or replaces what there is.
public enum BatchStart: Sendable {
  /// There must be no results yet.
  case new
  /// What is finished is kept, and the rest is done. Where there is nothing yet, the batch begins.
  case resumed
  /// Results that there are go away.
  case replacing
}

/// What came of a video: a line of JSON for one of the files.
enum BatchOutcome: Sendable {
  case result(JSONObject)
  case failure(String)
}

/// The results and failures of a batch, which grow by one line for each video, in the order of the list.
///
/// A video is finished once its line is whole in one of the two files. A line begins with the video's path, so that of any
/// two files that a killed process or a machine without power leaves, the longest part of the list can be found of which
/// every video is finished. What comes after that is cut off.
final class BatchLog {
  /// The number of videos whose lines were there already, and how many of them are failures.
  private(set) var recovered = (finished: 0, failed: 0)
  private let results: AppendedFile
  private let failures: AppendedFile
  private var lastSynchronization = ContinuousClock.now

  /// Opens the files, locked against other runs as long as this lives.
  ///
  /// - Throws: ``BatchError`` if the files do not allow this start; `FileError`; `FormatError`.
  init(_ files: BatchFiles, paths: ArraySlice<String>, settings: BatchSettings, start: BatchStart) throws {
    results = try Self.open(files.results)
    failures = try Self.open(files.failures)
    let written = [files.results, files.failures].first { (FileSystem.status(of: $0)?.size ?? 0) > 0 }
    switch (start, written) {
    case (.new, let path?): throw BatchError.exists(path: path)
    case (.resumed, let path?):
      guard FileSystem.exists(files.settings) else {
        throw BatchError.noSettings(path: path, settings: files.settings)
      }
      let differences = try settings.differences(from: BatchSettings(contentsOf: files.settings))
      guard differences.isEmpty else { throw BatchError.otherSettings(path: path, differences: differences) }
      try recover(files, paths)
    case (_, nil), (.replacing, _):
      try results.truncate(to: 0)
      try failures.truncate(to: 0)
      // Files without lines have no settings yet, whatever happened before these are written.
      try settings.write(to: files.settings)
    }
  }

  private static func open(_ path: String) throws -> AppendedFile {
    // Refuses pipes, which would wait for a reader, and devices.
    _ = try AtomicFile.destination(of: path)
    let file = try AppendedFile(path: path)
    guard try file.lock() else { throw BatchError.inUse(path: path) }
    return file
  }

  /// Finds what is finished, and cuts off the rest.
  private func recover(_ files: BatchFiles, _ paths: ArraySlice<String>) throws {
    var (done, failed) = (try FinishedLines(files.results), try FinishedLines(files.failures))
    var (doneEnd, failedEnd, hasGap) = (0, 0, false)
    for path in paths {
      let start = Self.start(ofLineFor: path)
      let isFailed = failed.takeLine(startingWith: start)
      hasGap = !(isFailed || done.takeLine(startingWith: start)) || hasGap
      guard !hasGap else { continue }
      recovered.finished += 1
      if isFailed { recovered.failed += 1 }
      (doneEnd, failedEnd) = (done.end, failed.end)
    }
    // Lines after a gap are written again, but someone else's would be lost.
    if done.hasLine { throw BatchError.otherLines(path: files.results) }
    if failed.hasLine { throw BatchError.otherLines(path: files.failures) }
    try results.truncate(to: doneEnd)
    try failures.truncate(to: failedEnd)
  }

  /// The bytes with which a video's line begins: its path, which is the first key.
  private static func start(ofLineFor path: String) -> [UInt8] {
    Array(JSON.object(["path": .string(path)]).text().utf8.dropLast())
  }

  /// Appends what came of the next video; once a second, waits until all is on the disk.
  ///
  /// - Throws: `FileError` if the disk is full, for example.
  func append(_ outcome: BatchOutcome, path: String) throws {
    var line: JSONObject = ["path": .string(path)]
    switch outcome {
    case .result(let fields):
      for (key, value) in fields { line[key] = value }
      try results.append(Array("\(JSON.object(line).text())\n".utf8))
    case .failure(let reason):
      line["error"] = .string(reason)
      try failures.append(Array("\(JSON.object(line).text())\n".utf8))
    }
    if ContinuousClock.now - lastSynchronization >= .seconds(1) { try synchronize() }
  }

  /// Waits until all is on the disk.
  func synchronize() throws {
    try results.synchronize()
    try failures.synchronize()
    lastSynchronization = .now
  }
}

/// The lines at the beginning of a file that were written completely.
private struct FinishedLines {
  private let file: MappedFile
  /// Where the lines taken so far end.
  private(set) var end = 0

  init(_ path: String) throws { file = try MappedFile(path: path) }

  /// Where the next line ends, if it is whole.
  private var nextEnd: Int? {
    // JSON has no control characters: another one than the line feed was left by a machine without power.
    guard let last = file.bytes[end...].firstIndex(where: { $0 < 0x20 }), file.bytes[last] == UInt8(ascii: "\n") else {
      return nil
    }
    return last + 1
  }

  /// Whether a whole line comes next.
  var hasLine: Bool { nextEnd != nil }

  /// Takes the next line if it is whole and begins with some bytes.
  mutating func takeLine(startingWith start: [UInt8]) -> Bool {
    guard file.hasBytes(start, at: end), let nextEnd else { return false }
    end = nextEnd
    return true
  }
}
