import Foundation
import Tensors
import VideoAccelerator

/// Prints results as they come: as text, as one JSON array, or as one JSON object per line. The array is closed however the
/// command ends.
///
/// Unchecked, because all state is guarded by the lock: an interruption closes the array from its own thread.
final class ResultList: @unchecked Sendable {
  let format: Classify.Format
  private let lock = NSLock()
  private var count = 0
  private var isClosed = false

  init(format: Classify.Format) { self.format = format }

  /// Prints a result as text.
  ///
  /// - Throws: `OutputError` if writing to standard output fails.
  func add(text: String) throws { try lock.withLock { try Terminal.result(text) } }

  /// Prints a result as JSON.
  ///
  /// - Throws: `OutputError` if writing to standard output fails.
  func add(_ object: JSON) throws {
    try lock.withLock {
      guard !isClosed else { return }
      if format == .jsonl {
        try Terminal.result(object.text())
      } else {
        let lines = object.text(pretty: true).split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
        try Terminal.result((count == 0 ? "[\n" : ",\n") + lines, terminator: "")
      }
      count += 1
    }
  }

  /// Closes the array.
  ///
  /// - Throws: `OutputError` if writing to standard output fails.
  func finish() throws { try lock.withLock { try close() } }

  /// Closes the array if that is possible at once: another thread may be blocked on a reader that does not read.
  func finishAtOnce() {
    guard lock.lock(before: Date(timeIntervalSinceNow: 0.5)) else { return }
    defer { lock.unlock() }
    try? close()
  }

  private func close() throws {
    guard format == .json, !isClosed else { return }
    isClosed = true
    try Terminal.result(count == 0 ? "[]" : "\n]")
  }
}
