import Tensors
import VideoAccelerator

/// The files that a command line gives for the inputs of a model: `NAME=FILE`, or `FILE` in the inputs' order.
enum InputFiles {
  /// Returns a file for each input, in order.
  ///
  /// - Parameters:
  ///   - arguments: The arguments of the option.
  ///   - names: The names of the model's inputs.
  ///   - option: The option, for errors.
  /// - Throws: `UsageError` if an input has no file or several.
  static func files(_ arguments: [String], for names: [String], option: String) throws -> [String] {
    guard arguments.count == names.count else { throw mismatch(names, option) }
    guard arguments.contains(where: { isNamed($0, names) }) else { return arguments }
    let files = Dictionary(arguments.compactMap { named($0, names) }) { first, _ in first }
    guard files.count == names.count else { throw mismatch(names, option) }
    return names.compactMap { files[$0] }
  }

  /// Whether an argument names one of the inputs.
  static func isNamed(_ argument: String, _ names: [String]) -> Bool { named(argument, names) != nil }

  /// Returns the paths that arguments may stand for, whatever the inputs' names are.
  static func possiblePaths(_ arguments: [String]) -> [String] {
    arguments + arguments.compactMap { $0.split(separator: "=", maxSplits: 1).dropFirst().first.map(String.init) }
  }

  private static func named(_ argument: String, _ names: [String]) -> (String, String)? {
    // A path may contain an equals sign, so only an input's name before it counts.
    for name in names where argument.hasPrefix("\(name)=") { return (name, String(argument.dropFirst(name.count + 1))) }
    return nil
  }

  private static func mismatch(_ names: [String], _ option: String) -> UsageError {
    let forms = names.count == 1 ? "\(option) FILE" : names.map { "\(option) \($0)=FILE" }.joined(separator: " ")
    return UsageError("the model takes \(names.count) input\(names.count == 1 ? "" : "s"): give \(forms)")
  }
}
