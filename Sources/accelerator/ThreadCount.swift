import ArgumentParser
import Foundation

/// The option of the commands that run a model.
struct ThreadsOption: ParsableArguments {
  @Option(help: ArgumentHelp("Number of threads that run the model.", valueName: "n"))
  var threads = 1

  func validate() throws { try ThreadCount.check(threads) }
}

/// The valid numbers of threads.
enum ThreadCount {
  private static let most = 256
  nonisolated(unsafe) private static var hasWarned = false

  /// The number of cores that this process may use.
  static var cores: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }

  /// Refuses invalid numbers; warns, once, of more threads than cores, which wait for each other.
  static func check(_ count: Int, option: String = "--threads") throws {
    guard (1...most).contains(count) else { throw ValidationError("\(option) must be 1 to \(most).") }
    guard count > cores, !hasWarned else { return }
    hasWarned = true
    Terminal.warning(
      "\(option) \(count) on \(cores) core\(cores == 1 ? "" : "s"): more threads than cores make it slower")
  }
}
