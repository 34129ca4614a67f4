import ArgumentParser
import CPU
import Foundation

/// The option of the commands that run a model.
struct ThreadsOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Number of threads that run the model; 'performance' for one on each fast core, 'all' for one on each core.",
      valueName: "n"),
    transform: ThreadCount.number)
  var threads = 1

  func validate() throws { try ThreadCount.check(threads) }
}

/// The valid numbers of threads.
enum ThreadCount {
  private static let most = 256
  nonisolated(unsafe) private static var hasWarned = false

  /// The number of cores that this process may use.
  static var cores: Int { Cores.allCores.count }

  /// Returns the number of threads that an argument stands for.
  static func number(_ argument: String) throws -> Int {
    switch argument {
    case "performance": return Cores.performanceCores.count
    case "all": return Cores.allCores.count
    default:
      guard let count = Int(argument) else {
        throw ValidationError("Choose a number of threads, 'performance' or 'all'.")
      }
      return count
    }
  }

  /// Refuses invalid numbers; warns, once, of more threads than cores.
  static func check(_ count: Int, option: String = "--threads") throws {
    guard (1...most).contains(count) else { throw ValidationError("\(option) must be 1 to \(most).") }
    guard count > cores, !hasWarned else { return }
    hasWarned = true
    Terminal.warning(
      "\(option) \(count) on \(cores.of("core")): no more than \(cores) work at the same time")
  }
}
