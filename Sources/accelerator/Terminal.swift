import Foundation
import VideoAccelerator

/// Writes results to standard output, and logs, errors and progress to standard error.
enum Terminal {
  /// Whether standard error is a terminal that can show lines anew.
  static let isInteractive = isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"

  /// Whether standard error shows colors: on a terminal, unless NO_COLOR is set.
  private static let isColored = isInteractive && ProcessInfo.processInfo.environment["NO_COLOR", default: ""].isEmpty

  /// Prevents that files opened later take the place of a standard stream that was closed.
  static func prepare() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) == -1 {
      // For reading only, so that writing results to a closed stream fails.
      _ = open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  /// Prints a result at once, as another program may be reading.
  ///
  /// - Throws: `OutputError` if writing to standard output fails, as on a full disk.
  static func result(_ text: String, terminator: String = "\n") throws(OutputError) {
    print(text, terminator: terminator)
    try flushResults()
  }

  /// Flushes results that were printed otherwise.
  ///
  /// - Throws: `OutputError` if that fails.
  static func flushResults() throws(OutputError) {
    guard fflush(nil) == 0 else { throw OutputError(code: errno) }
  }

  /// Prints lines to standard error.
  static func log(_ text: String) {
    show(lines(text))
  }

  /// Prints an error message to standard error, of several lines if it is a list.
  static func error(_ message: String) { show("\(colored("accelerator:", .red)) \(lines(message))") }

  private static func lines(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { "\($0)".printable + "\n" }.joined()
  }

  /// Prints a warning to standard error.
  static func warning(_ message: String) { show("\(colored("warning:", .yellow)) \(message.printable)\n") }

  /// Prints a note to standard error.
  static func note(_ message: String) { show("\(colored("note:", .cyan)) \(message.printable)\n") }

  /// Prints a line that the next one replaces; nothing unless standard error is a terminal.
  static func progress(_ line: String) {
    guard isInteractive else { return }
    show("\r\u{1B}[K\(line.printable)")
  }

  /// Removes the progress line.
  static func endProgress() {
    guard isInteractive else { return }
    show("\r\u{1B}[K")
  }

  /// The number of columns of standard error's terminal.
  static var columns: Int {
    var size = winsize()
    return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }

  /// Shows lines that the next ones replace; nothing unless standard error is a terminal.
  static func view(_ lines: [String]) {
    guard isInteractive else { return }
    let width = columns - 1
    endView()
    show(lines.map { "\(prefix(of: $0.printable, columns: width))\n" }.joined())
    viewHeight = lines.count
  }

  /// Returns as much of a text as fits into some columns.
  private static func prefix(of text: String, columns: Int) -> Substring {
    var left = columns
    return text.prefix { character in
      left -= character.unicodeScalars.first.map { isWide($0) ? 2 : 1 } ?? 0
      return left >= 0
    }
  }

  /// Returns whether a terminal shows a character in two columns, as those of East Asia and pictures.
  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
      0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      true
    default: false
    }
  }

  /// Removes the lines of the view.
  static func endView() {
    guard isInteractive, viewHeight > 0 else { return }
    show("\u{1B}[\(viewHeight)A\u{1B}[J")
    viewHeight = 0
  }

  /// The number of lines of the view. It is used by the command's own thread alone.
  nonisolated(unsafe) private static var viewHeight = 0

  private enum Color: Int {
    case red = 31, yellow = 33, cyan = 36
  }

  private static func colored(_ text: String, _ color: Color) -> String {
    isColored ? "\u{1B}[1;\(color.rawValue)m\(text)\u{1B}[0m" : text
  }

  private static func show(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}

/// Writing to standard output failed.
struct OutputError: UserFacingError {
  let code: Int32

  var description: String { "standard output cannot be written: \(String(cString: strerror(code)))" }
  var isBadInput: Bool { false }
}
