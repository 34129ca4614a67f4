import Video

extension DataSet {
  /// The most classes that labels in a list may count to: beyond it a label is a mistake.
  static let classLimit = 100_000

  /// The videos of a list with a line for each: a path and a label, with a space or a comma between, as trainings on Kinetics
  /// take it.
  ///
  /// A label is a class's number or name. Blank lines and those that begin with `#` are passed over.
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
      text, root: root ?? folder(of: list), classes: classes, leavesOutMissing: leavesOutMissing)
  }

  static func kinetics(
    _ text: TextList, root: String, classes: [String]?, leavesOutMissing: Bool
  ) throws(DataSetError) -> DataSet {
    guard let first = text.lines.first else { throw .noVideos(name: text.path) }
    if first.text.split(separator: ",").contains(where: { $0.contains("youtube_id") }) {
      throw .officialAnnotations(list: text.path)
    }
    let format = LineFormat(first.text)
    var entries: [(line: Int, path: String, label: String)] = []
    for line in text.lines {
      guard let (path, label) = format.parts(of: line.text) else {
        throw text.error(line, "expected a path and a label with a \(format.name) between, as in \(format.example)")
      }
      entries.append((line.number, path, label))
    }
    let labels = try LabelNames(text, entries.map { ($0.line, $0.label) }, classes: classes)
    var files = ListedFiles(list: text.path, root: root, leavesOutMissing: leavesOutMissing)
    for entry in entries {
      files.append(entry.path, label: try labels.number(entry.label, line: entry.line), line: entry.line)
    }
    return try files.dataSet(classes: labels.classes)
  }
}

/// What stands between path and label. The first line says: paths and names of classes may have spaces and commas too.
private enum LineFormat {
  case comma
  case space

  init(_ line: String) {
    // `a, b.mp4 3` is not `a.mp4,class 3`: the path is what ends as videos do.
    self =
      [LineFormat.comma, .space].first { $0.parts(of: line).map { VideoReader.isVideoName($0.path) } ?? false }
      ?? (line.contains(",") ? .comma : .space)
  }

  var name: String { self == .comma ? "comma" : "space" }
  var example: String { self == .comma ? "archery/clip.mp4,5" : "archery/clip.mp4 5" }

  /// The path and the label, without quotation marks; nil where one is missing.
  func parts(of line: String) -> (path: String, label: String)? {
    let isSeparator = { (character: Character) in
      self == .comma ? character == "," : character == " " || character == "\t"
    }
    guard let separator = line.lastIndex(where: isSeparator) else { return nil }
    let path = Self.bare(line[..<separator])
    let label = Self.bare(line[line.index(after: separator)...])
    return path.isEmpty || label.isEmpty ? nil : (path, label)
  }

  private static func bare(_ text: Substring) -> String {
    let isSpace = { (character: Character) in character == " " || character == "\t" }
    var rest = text.drop(while: isSpace)
    while let last = rest.last, isSpace(last) { rest.removeLast() }
    if rest.count >= 2, rest.first == "\"", rest.last == "\"" { rest = rest.dropFirst().dropLast() }
    return String(rest)
  }
}

/// From the labels of a list to numbers of classes.
private struct LabelNames {
  let classes: [String]
  private let list: String
  /// Nil where labels are numbers.
  private let numbers: [String: Int]?
  private let takesNumbers: Bool

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
