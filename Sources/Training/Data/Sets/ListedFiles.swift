import Tensors

/// The files that a list names, with the lines that name them.
struct ListedFiles {
  let list: String
  let root: String
  let leavesOutMissing: Bool
  private(set) var samples: [DataSet.Sample] = []
  private var known: Set<DataSet.Sample> = []
  private var repeated = (count: 0, line: 0)
  private var count = 0
  private(set) var missing: (line: Int, path: String)?
  private var missingCount = 0

  init(list: String, root: String, leavesOutMissing: Bool) {
    self.list = list
    self.root = root
    self.leavesOutMissing = leavesOutMissing
  }

  /// Adds a file, whose path is relative to the root or absolute; a file that has the same label already is not added
  /// again.
  mutating func append(_ path: String, label: Int, line: Int) {
    count += 1
    guard let file = file(path) else {
      missingCount += 1
      missing = missing ?? (line, fullPath(path))
      return
    }
    let sample = DataSet.Sample(path: file, label: label)
    if known.insert(sample).inserted { samples.append(sample) } else { repeated = (repeated.count + 1, line) }
  }

  /// Returns where a file of the list is; nil if it does not exist. Backslashes are read as slashes if that helps.
  func file(_ path: String) -> String? {
    let full = fullPath(path)
    if FileSystem.exists(full) { return full }
    guard path.utf8.contains(UInt8(ascii: "\\")) else { return nil }
    let turned = fullPath(String(path.map { $0 == "\\" ? "/" : $0 }))
    return FileSystem.exists(turned) ? turned : nil
  }

  private func fullPath(_ path: String) -> String {
    path.utf8.first == UInt8(ascii: "/") ? path : FileSystem.path(path, in: root)
  }

  /// Creates the set of all files.
  func dataSet(classes: [String]) throws(DataSetError) -> DataSet {
    var warnings: [String] = []
    if let missing {
      guard leavesOutMissing, missingCount < count else {
        throw .missingFiles(list: list, line: missing.line, path: missing.path, count: missingCount, of: count)
      }
      warnings.append(
        "\(list.printable): \(missingCount) of \(count) files are missing, such as \(missing.path.printable)")
    }
    if repeated.count > 0 {
      let lines = repeated.count == 1 ? "1 line repeats" : "\(repeated.count) lines repeat"
      warnings.append(
        "\(list.printable): \(lines) an earlier one (line \(repeated.line) is the last of them): each video is taken once"
      )
    }
    return try DataSet(name: list, root: root, classes: classes, samples: samples, warnings: warnings)
  }
}
