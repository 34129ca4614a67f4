import Foundation
import VideoAccelerator

/// Results on standard output, and what a person sees besides them on standard error: logs, errors and progress.
enum Terminal {
  /// Whether a person is watching standard error.
  static let isInteractive = isatty(STDERR_FILENO) == 1

  /// Whether standard error shows colours: on a terminal, unless NO_COLOR is set.
  private static let isColored: Bool = {
    let environment = ProcessInfo.processInfo.environment
    return isInteractive && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
  }()

  /// Keeps files that are opened later from taking the place of a standard stream that was closed.
  static func prepare() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) == -1 {
      // For reading only: writing results to what is closed must fail.
      _ = open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  /// Prints a result at once: someone may be reading along.
  ///
  /// - Throws: `OutputError` if standard output does not take it, as on a full disk.
  static func result(_ text: String, terminator: String = "\n") throws {
    print(text, terminator: terminator)
    try flushResults()
  }

  /// Makes sure that results printed otherwise have gone out.
  ///
  /// - Throws: `OutputError` if they cannot.
  static func flushResults() throws {
    guard fflush(nil) == 0 else { throw OutputError(code: errno) }
  }

  /// Lines on standard error.
  static func log(_ text: String) {
    show(text.split(separator: "\n", omittingEmptySubsequences: false).map { "\($0)".printable + "\n" }.joined())
  }

  /// An error message on standard error.
  static func error(_ message: String) { show("\(colored("accelerator:", .red)) \(message.printable)\n") }

  /// What is likely to be a mistake, on standard error.
  static func warning(_ message: String) { show("\(colored("warning:", .yellow)) \(message.printable)\n") }

  /// What is good to know, on standard error.
  static func note(_ message: String) { show("\(colored("note:", .cyan)) \(message.printable)\n") }

  /// Shows a line that the next one replaces; nothing unless a person is watching.
  static func progress(_ line: String) {
    guard isInteractive else { return }
    show("\r\u{1B}[K\(line.printable)")
  }

  /// Removes the progress line.
  static func endProgress() {
    guard isInteractive else { return }
    show("\r\u{1B}[K")
  }

  private enum Color: Int {
    case red = 31, yellow = 33, cyan = 36
  }

  private static func colored(_ text: String, _ color: Color) -> String {
    isColored ? "\u{1B}[1;\(color.rawValue)m\(text)\u{1B}[0m" : text
  }

  private static func show(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}

/// Results that standard output does not take.
struct OutputError: UserFacingError {
  let code: Int32

  var description: String { "standard output cannot be written: \(String(cString: strerror(code)))" }
  var isBadInput: Bool { false }
}
