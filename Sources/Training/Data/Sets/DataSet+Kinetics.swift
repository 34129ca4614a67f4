import Tensors

extension DataSet {
  /// The most classes that labels in a list may count to: beyond it a label is a mistake.
  static let classLimit = 100_000

  /// The videos of a list with a line for each: a path and a label, with a space, a comma, a semicolon or a tab between, as trainings
  /// on Kinetics take it.
  ///
  /// A label is a class's number or name. Columns may be in quotation marks, as in CSV files; a first line may name them (`path`,
  /// `label` and others, which do not count); pandas' numbers of lines do not count either. Blank lines and those that begin with
  /// `#` are skipped.
  ///
  /// - Parameters:
  ///   - list: The file.
  ///   - root: The folder that paths are relative to; nil: the one that the list is in.
  ///   - classes: The classes and their order. Nil: the names in the list, sorted, or numbers up to the highest one.
  ///   - leavesOutMissing: Whether files that are not there are left out, with a warning.
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

/// From the labels of a list to numbers of classes.
private struct LabelNames {
  let classes: [String]
  private let list: String
  /// Nil where labels are numbers.
  private let numbers: [String: Int]?
  private let takesNumbers: Bool

  /// A number as pandas writes it where some are missing, `5.0`, as a whole one.
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
