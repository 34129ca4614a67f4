import Tensors
import ArgumentParser
import VideoAccelerator

/// The files that a command writes, checked before the work whose results they are to hold.
enum OutputFiles {
  /// Refuses a file that cannot be written, and one that is an input or another output, by whatever path or link.
  ///
  /// - Parameters:
  ///   - outputs: Each with the option that names it; nil is not written.
  ///   - inputs: Files that the command reads; nil and folders are ignored.
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

  /// Refuses a name whose extension is not one of what is written to it.
  static func checkExtension(of path: String?, _ extensions: [String], option: String, contents: String) throws {
    // What browsers take for a page as well.
    let known = extensions + (extensions.contains("html") ? ["htm"] : [])
    guard let path, !known.contains(where: { path.lowercased().hasSuffix(".\($0)") }) else { return }
    let names = extensions.map { ".\($0)" }
    let list = (names.dropLast().isEmpty ? "" : names.dropLast().joined(separator: ", ") + " or ") + (names.last ?? "")
    throw ValidationError("\(option) writes \(contents): give a name that ends in \(list).")
  }

  /// Where a file is, or will be.
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
