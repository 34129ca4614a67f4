import Tensors
import ArgumentParser
import VideoAccelerator

/// Checks the files that a command writes, before the work whose results they will hold.
enum OutputFiles {
  /// Refuses a file that cannot be written, and one that is an input or another output, by whatever path or link.
  ///
  /// - Parameters:
  ///   - outputs: The outputs, each with its option; nil is not written.
  ///   - inputs: The files that the command reads; nil and folders are ignored.
  static func check(_ outputs: [(option: String, path: String?)], inputs: [String?]) throws {
    let read = Dictionary(
      inputs.compactMap { path in path.flatMap { path in place(of: path).map { ($0, path) } } },
      uniquingKeysWith: { first, _ in first })
    var written: [Place: String] = [:]
    for case (let option, let path?) in outputs {
      try AtomicFile.check(path)
      guard let place = place(of: path) else { continue }
      if let input = read[place] {
        throw UsageError("\(option) would replace \(input.printable), which this command reads: give another name")
      }
      if let other = written[place] { throw UsageError("\(other) and \(option) name the same file") }
      written[place] = option
    }
  }

  /// Refuses a name whose extension does not match its contents.
  static func checkExtension(of path: String?, _ extensions: [String], option: String, contents: String) throws {
    // Browsers recognize this extension as a page as well.
    let known = extensions + (extensions.contains("html") ? ["htm"] : [])
    guard let path, !known.contains(where: { path.lowercased().hasSuffix(".\($0)") }) else { return }
    let names = extensions.map { ".\($0)" }
    let list = (names.dropLast().isEmpty ? "" : names.dropLast().joined(separator: ", ") + " or ") + (names.last ?? "")
    throw ValidationError("\(option) writes \(contents): give a name that ends in \(list).")
  }

  /// The identity of a file that exists, or will exist.
  private enum Place: Hashable {
    case file(FileSystem.Identity)
    case name(String, in: FileSystem.Identity)
  }

  private static func place(of path: String) -> Place? {
    if let status = FileSystem.status(of: path) { return status.kind == .file ? .file(status.identity) : nil }
    return FileSystem.status(of: FileSystem.folder(of: path)).map {
      .name(FileSystem.name(of: path), in: $0.identity)
    }
  }
}
