import Tensors

extension DataSet {
  /// Reads one of UCF101's lists: `trainlist01.txt`, with lines such as `Archery/v_Archery_g08_c01.avi 3`, or
  /// `testlist01.txt`, without the numbers.
  ///
  /// - Parameters:
  ///   - list: The list file.
  ///   - root: The folder with the classes' folders; nil for the folder of the list.
  ///   - classIndex: The file with a number, from 1, and a name for each class; nil for `classInd.txt` beside the list.
  ///   - leavesOutMissing: Whether missing files are left out with a warning instead of an error.
  /// - Throws: ``DataSetError`` that names the line; `FileError` if a list cannot be read.
  public init(
    ucf101List list: String, root: String? = nil, classIndex: String? = nil, leavesOutMissing: Bool = false
  ) throws {
    let index = try TextList(path: classIndex ?? FileSystem.path(Self.classIndexName, in: FileSystem.folder(of: list)))
    self = try Self.ucf101(
      TextList(path: list), index: index, root: root ?? FileSystem.folder(of: list), leavesOutMissing: leavesOutMissing)
  }

  static let classIndexName = "classInd.txt"

  static func ucf101(
    _ text: TextList, index: TextList, root: String, leavesOutMissing: Bool
  ) throws(DataSetError) -> DataSet {
    let classes = try ucf101Classes(index)
    let labels = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
    guard !text.lines.isEmpty else { throw .emptyList(name: text.path) }
    var files = ListedFiles(list: text.path, root: root, leavesOutMissing: leavesOutMissing)
    for line in text.lines {
      // The last word is a number, or the end of the path.
      let space = line.text.lastIndex(of: " ")
      let number = space.flatMap { Int(line.text[line.text.index(after: $0)...]) }
      let path = space.flatMap { number == nil ? nil : String(line.text[..<$0]) } ?? line.text
      let name = path.split(separator: "/").dropLast().last.map(String.init)
      guard let name else { throw text.error(line, "expected a class's folder and a file, as in Archery/clip.avi") }
      guard let label = labels[name] else {
        throw .unknownClass(list: text.path, line: line.number, name: name, known: classes)
      }
      if let number, number != label + 1 {
        guard (1...classes.count).contains(number) else {
          throw text.error(line, "label \(number) is not 1 to \(classes.count)")
        }
        throw text.error(
          line, "label \(number) is \"\(classes[number - 1])\", but the file is in the folder of \"\(name)\"")
      }
      files.append(path, label: label, line: line.number)
    }
    return try files.dataSet(classes: classes)
  }

  /// Returns the names of `classInd.txt`, by their numbers.
  private static func ucf101Classes(_ index: TextList) throws(DataSetError) -> [String] {
    var classes: [String] = []
    var known: Set<String> = []
    for line in index.lines {
      let parts = line.text.split(separator: " ", maxSplits: 1).map(String.init)
      guard parts.count == 2, Int(parts[0]) == classes.count + 1 else {
        throw index.error(line, "expected \(classes.count + 1) and the name of a class")
      }
      guard known.insert(parts[1]).inserted else { throw index.error(line, "the class \"\(parts[1])\" comes twice") }
      classes.append(parts[1])
    }
    guard !classes.isEmpty else { throw .emptyList(name: index.path) }
    return classes
  }
}
