/// Files that were found but not used, with the reason for each.
public struct SkippedFiles: Sendable, Equatable {
  /// A file.
  public struct File: Sendable, Hashable {
    /// The file.
    public let path: String
    /// Why it is not used, as in `hidden` or `not a video`.
    public let reason: String
  }

  /// The files, in the order in which they were found.
  public private(set) var files: [File] = []

  /// Creates an empty list.
  public init() {}

  /// Adds a file.
  package mutating func add(_ path: String, _ reason: String) { files.append(File(path: path, reason: reason)) }

  /// Adds other files.
  package mutating func add(_ others: SkippedFiles) { files += others.files }

  /// The number of files for each reason, as in `skipped: 3 files (2 hidden, 1 not a video: notes.txt)`; nil if there
  /// are none.
  public var summary: String? {
    guard !files.isEmpty else { return nil }
    let groups = Dictionary(grouping: files, by: \.reason).sorted {
      ($1.value.count, $0.key) < ($0.value.count, $1.key)
    }
    let parts = groups.map { reason, files in
      let names = files.prefix(3).map { FileSystem.name(of: $0.path).printable }.joined(separator: ", ")
      return "\(files.count) \(reason)" + (reason == Self.hidden ? "" : ": \(names)\(files.count > 3 ? ", …" : "")")
    }
    return "skipped: \(files.count) \(files.count == 1 ? "file" : "files") (\(parts.joined(separator: "; ")))"
  }

  static let hidden = "hidden"
}
