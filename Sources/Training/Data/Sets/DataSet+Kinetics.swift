import Tensors

extension DataSet {
  /// The largest number of classes that numeric labels in a list may imply: a higher label is a mistake.
  static let classLimit = 100_000

  /// Reads a list with a path and a label on each line, as used to train on Kinetics.
  ///
  /// Columns are separated by a space, a comma, a semicolon or a tab, and may be quoted as in CSV files. A label is a
  /// class's number or name. A first line may name the columns (`path`, `label`; others are ignored). Row numbers that
  /// pandas wrote are ignored, as are blank lines and lines that begin with `#`.
  ///
  /// - Parameters:
  ///   - list: The list file.
  ///   - root: The folder that paths are relative to; nil for the folder of the list.
  ///   - classes: The classes and their order; nil for the names in the list, sorted, or the numbers up to the highest
  ///     one.
  ///   - leavesOutMissing: Whether missing files are left out with a warning instead of an error.
  /// - Throws: ``DataSetError`` that names the line; `FileError` if the list cannot be read.
  public init(list: String, root: String? = nil, classes: [String]? = nil, leavesOutMissing: Bool = false) throws {
    let text = try TextList(path: list)
    self = try Self.kinetics(
      text, root: root ?? FileSystem.folder(of: list), classes: classes, leavesOutMissing: leavesOutMissing)
  }

  static func kinetics(
    _ text: TextList, root: String, classes: [String]?, leavesOutMissing: Bool
  ) throws(DataSetError) -> DataSet {
    var files = ListedFiles(list: text.path, root: root, leavesOutMissing: leavesOutMissing)
    let format = try ListFormat(text) { files.file($0) != nil }
    var entries: [(line: Int, path: String, label: String)] = []
    for line in text.lines.dropFirst(format.headerCount) {
      let (path, label) = try format.entry(line, of: text)
      entries.append((line.number, path, LabelNames.withoutFraction(label)))
    }
    guard !entries.isEmpty else { throw .emptyList(name: text.path) }
    let labels = try LabelNames(text, entries.map { ($0.line, $0.label) }, classes: classes)
    for entry in entries {
      files.append(entry.path, label: try labels.number(entry.label, line: entry.line), line: entry.line)
    }
    if !leavesOutMissing, let missing = files.missing,
      let line = text.lines.first(where: { $0.number == missing.line }),
      let hint = format.hint(line, of: text, exists: { files.file($0) != nil })
    {
      throw text.error(line, "there is no file \(missing.path.printable); \(hint)")
    }
    return try files.dataSet(classes: labels.classes)
  }
}

/// Maps the labels of a list to class numbers.
private struct LabelNames {
  let classes: [String]
  private let list: String
  /// Nil where labels are numbers.
  private let numbers: [String: Int]?
  private let takesNumbers: Bool

  /// Returns the label as an integer if it is written as `5.0`, as pandas does where some are missing.
  static func withoutFraction(_ label: String) -> String {
    guard label.hasSuffix(".0"), Int(label.dropLast(2)) != nil else { return label }
    return String(label.dropLast(2))
  }

  init(_ text: TextList, _ labels: [(line: Int, label: String)], classes: [String]?) throws(DataSetError) {
    list = text.path
    if let classes {
      self.classes = classes
      numbers = Dictionary(classes.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
      takesNumbers = true
      return
    }
    takesNumbers = labels.first.map { Int($0.label) != nil } ?? false
    guard takesNumbers else {
      let names = Set(labels.map(\.label)).sorted()
      self.classes = names
      numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
      return
    }
    numbers = nil
    var most = 0
    for (line, label) in labels {
      guard let number = Int(label) else {
        throw .badLine(
          list: text.path, line: line, problem: "the label \"\(label)\" is not a number, as those before it")
      }
      guard (0..<DataSet.classLimit).contains(number) else {
        throw .labelOutOfRange(list: text.path, line: line, label: label, classCount: DataSet.classLimit)
      }
      most = max(most, number)
    }
    self.classes = (0...most).map { "\($0)" }
  }

  func number(_ label: String, line: Int) throws(DataSetError) -> Int {
    if let number = numbers?[label] { return number }
    guard takesNumbers, let number = Int(label) else {
      throw .unknownClass(list: list, line: line, name: label, known: classes)
    }
    guard classes.indices.contains(number) else {
      throw .labelOutOfRange(list: list, line: line, label: label, classCount: classes.count)
    }
    return number
  }
}
