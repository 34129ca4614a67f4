import Foundation
import VideoAccelerator

/// What a person sees besides results: logs, errors and progress, all on standard error.
enum Terminal {
  /// Whether a person is watching standard error.
  static let isInteractive = isatty(STDERR_FILENO) == 1

  /// Makes sure that printed results have gone out.
  ///
  /// - Throws: `FileError` if they cannot, as to a full disk.
  static func flushResults() throws {
    guard fflush(nil) == 0 else { throw FileError(path: "standard output", action: "write", code: errno) }
  }

  /// A line on standard error.
  static func log(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }

  /// A complaint on standard error.
  static func error(_ message: String) { log("accelerator: \(message)") }

  /// Shows a line that the next one replaces; nothing unless a person is watching.
  static func progress(_ line: String) {
    guard isInteractive else { return }
    FileHandle.standardError.write(Data("\r\u{1B}[K\(line)".utf8))
  }

  /// Removes the progress line.
  static func endProgress() {
    guard isInteractive else { return }
    FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
  }
}
