import ArgumentParser
import VideoAccelerator

/// The command's exit codes, which are part of the public interface.
enum ExitStatus {
  static let failure: Int32 = 1
  static let badInput: Int32 = 2
  static let partial: Int32 = 3
  static let interrupted: Int32 = 130
  static let unread: Int32 = 141

  /// The codes for `--help`.
  static let help = """
    EXIT CODES:
      0    done
      1    failure (no memory, a full disk, no network, a training that diverged)
      2    wrong usage or bad input
      3    done, except for some inputs, which are named
      130  interrupted (Ctrl-C)
      141  the program that read the results has ended
    """
}

extension ExitCode {
  /// Results were printed, but some inputs were skipped.
  static let partial = ExitCode(ExitStatus.partial)
  /// The command was interrupted; finished work was saved or printed.
  static let interrupted = ExitCode(ExitStatus.interrupted)
}

/// Options or inputs that contradict each other.
struct UsageError: UserFacingError {
  let description: String

  init(_ description: String) { self.description = description }
}
