import Foundation

/// Files that a list names, with the lines that name them.
struct ListedFiles {
  let list: String
  let root: String
  let leavesOutMissing: Bool
  private(set) var samples: [DataSet.Sample] = []
  private var count = 0
  private var missing: (line: Int, path: String)?
  private var missingCount = 0

  init(list: String, root: String, leavesOutMissing: Bool) {
    self.list = list
    self.root = root
    self.leavesOutMissing = leavesOutMissing
  }

  /// Takes a file, whose path is relative to the root or absolute.
  mutating func append(_ path: String, label: Int, line: Int) {
    let full = path.hasPrefix("/") ? path : "\(root)/\(path)"
    count += 1
    if FileManager.default.fileExists(atPath: full) {
      samples.append(DataSet.Sample(path: full, label: label))
    } else {
      missingCount += 1
      missing = missing ?? (line, full)
    }
  }

  /// The set of all files.
  func dataSet(classes: [String]) throws(DataSetError) -> DataSet {
    var warnings: [String] = []
    if let missing {
      guard leavesOutMissing, missingCount < count else {
        throw .missingFiles(list: list, line: missing.line, path: missing.path, count: missingCount, of: count)
      }
      warnings.append("\(list): \(missingCount) of \(count) files are missing, such as \(missing.path)")
    }
    return try DataSet(name: list, root: root, classes: classes, samples: samples, warnings: warnings)
  }
}

/// The folder that a file is in.
func folder(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}
