import Video

/// How the lines of a list are read: what separates columns, and which of them are the path and the label.
///
/// Columns may be quoted as in CSV files (RFC 4180). A first line with names of columns says which are which. Without
/// one there are a path and a label, perhaps after a row number from pandas; paths may contain separators, as the last
/// one counts.
struct ListFormat {
  /// What separates columns.
  enum Separator: CaseIterable {
    case tab, semicolon, comma, space

    var name: String {
      switch self {
      case .tab: "tab"
      case .semicolon: "semicolon"
      case .comma: "comma"
      case .space: "space"
      }
    }

    var example: String {
      switch self {
      case .tab: "archery/clip.mp4<tab>5"
      case .semicolon: "archery/clip.mp4;5"
      case .comma: "archery/clip.mp4,5"
      case .space: "archery/clip.mp4 5"
      }
    }

    func isMet(by character: Unicode.Scalar) -> Bool {
      switch self {
      case .tab: character == "\t"
      case .semicolon: character == ";"
      case .comma: character == ","
      case .space: character == " " || character == "\t"
      }
    }
  }

  /// Which columns are the path and the label.
  private enum Columns {
    /// Before and after the last separator of a line.
    case last
    /// Columns at given indices, out of a fixed number.
    case numbered(path: Int, label: Int, count: Int)
  }

  let separator: Separator
  /// The number of lines at the start that name columns.
  let headerCount: Int
  private let columns: Columns

  /// The number of lines that are examined to detect the format.
  private static let sampleCount = 50
  private static let pathNames = [
    "path", "file_path", "filepath", "video_path", "file", "filename", "file_name", "video", "video_name", "clip",
    "clip_path",
  ]
  private static let labelNames = [
    "label", "class", "class_name", "label_name", "category", "action", "target", "class_id", "label_id", "class_index",
  ]

  /// Detects the format of a list.
  ///
  /// - Parameter exists: Returns whether there is a file with a name from the list.
  /// - Throws: ``DataSetError`` about a first line that names columns, without a path or a label among them.
  init(_ text: TextList, exists: (String) -> Bool) throws(DataSetError) {
    guard let first = text.lines.first else { throw .emptyList(name: text.path) }
    if let header = try Self.header(first, of: text, exists: exists) {
      self = header
      return
    }
    let sample = text.lines.prefix(Self.sampleCount).map(\.text)
    var best: (score: Int, format: ListFormat)?
    for separator in Separator.allCases {
      for columns in [Self.numberedColumns(sample, separator), .last].compactMap({ $0 }) {
        let format = ListFormat(separator: separator, headerCount: 0, columns: columns)
        let paths = sample.compactMap { format.parts(of: $0)?.path }
        let score = paths.reduce(0) { $0 + (exists($1) ? 3 : VideoReader.isVideoName($1) ? 2 : 0) }
        // In a list of files without a known extension that do not exist, each line has at least a separator.
        let all = score * 1000 + (paths.count == sample.count ? 1 : 0)
        if all > best?.score ?? 0 { best = (all, format) }
      }
    }
    self = best?.format ?? ListFormat(separator: .space, headerCount: 0, columns: .last)
  }

  private init(separator: Separator, headerCount: Int, columns: Columns) {
    self.separator = separator
    self.headerCount = headerCount
    self.columns = columns
  }

  /// Returns the path and the label of a line.
  ///
  /// - Throws: ``DataSetError/badLine(list:line:problem:)``.
  func entry(_ line: TextList.Line, of text: TextList) throws(DataSetError) -> (path: String, label: String) {
    if let parts = parts(of: line.text) { return parts }
    let fields = Self.fields(line.text, separator)
    guard let fields else { throw text.error(line, "a quotation mark is not closed") }
    switch columns {
    case .last:
      throw text.error(
        line, "expected a path and a label with a \(separator.name) between, as in \(separator.example)")
    case .numbered(_, _, let count):
      let problem =
        fields.count == count
        ? "the path or the label is empty"
        : "\(fields.count) columns, not \(count) as the first line: what has a \(separator.name) in it needs quotation marks"
      throw text.error(line, problem)
    }
  }

  /// Returns a guess about a line whose file does not exist, as the end of a sentence.
  func hint(_ line: TextList.Line, of text: TextList, exists: (String) -> Bool) -> String? {
    guard headerCount == 0, let parts = parts(of: line.text), !VideoReader.isVideoName(parts.path) else { return nil }
    let isFile = { (field: String) in exists(field) || VideoReader.isVideoName(field) }
    for separator in Separator.allCases {
      guard let fields = Self.fields(line.text, separator), fields.count > 1, fields.contains(where: isFile) else {
        continue
      }
      return
        "these are \(fields.count) columns: a first line that names them, with \"path\" and \"label\" among them, says which "
        + "is which"
    }
    let isFirst = line.number == text.lines.first?.number
    return isFirst && text.lines.count > 1
      ? "if these are names of columns, call those of the files and of the classes \"path\" and \"label\"" : nil
  }

  private func parts(of line: String) -> (path: String, label: String)? {
    guard let fields = Self.fields(line, separator) else { return nil }
    let found: (path: String, label: String)
    switch columns {
    case .numbered(let path, let label, let count):
      guard fields.count == count else { return nil }
      found = (fields[path], fields[label])
    case .last:
      // Quoted, or with separators in the path.
      let scalars = line.unicodeScalars
      let isQuoted = scalars.first == "\"" || scalars.last == "\""
      if fields.count == 2, isQuoted {
        found = (fields[0], fields[1])
      } else {
        guard let last = scalars.lastIndex(where: separator.isMet) else { return nil }
        found = (Self.bare(scalars[..<last]), Self.bare(scalars[scalars.index(after: last)...]))
      }
    }
    return found.path.isEmpty || found.label.isEmpty ? nil : found
  }

  /// Returns the columns if all lines start with their number, then the path and the label; nil otherwise.
  private static func numberedColumns(_ lines: [String], _ separator: Separator) -> Columns? {
    let rows = lines.compactMap { fields($0, separator) }
    guard let first = rows.first?.first.flatMap({ Int($0) }), first == 0 || first == 1, rows.count == lines.count,
      rows.enumerated().allSatisfy({ $1.count == 3 && Int($1[0]) == first + $0 })
    else { return nil }
    return .numbered(path: 1, label: 2, count: 3)
  }

  /// Returns the format that a line with names of columns describes; nil if it is not such a line.
  private static func header(
    _ line: TextList.Line, of text: TextList, exists: (String) -> Bool
  ) throws(DataSetError) -> ListFormat? {
    for separator in Separator.allCases {
      guard let fields = fields(line.text, separator), fields.count > 1 else { continue }
      let names = fields.map { $0.lowercased() }
      if names.contains("youtube_id"), !names.contains(where: pathNames.contains) {
        throw .officialAnnotations(list: text.path)
      }
      let path = pathNames.lazy.compactMap { names.firstIndex(of: $0) }.first
      let label = labelNames.lazy.compactMap { names.firstIndex(of: $0) }.first
      switch (path, label) {
      case (nil, nil): continue
      case (let path?, let label?):
        // A path that is the first of two columns may contain separators.
        let isPlain = fields.count == 2 && path == 0
        return ListFormat(
          separator: separator, headerCount: 1,
          columns: isPlain ? .last : .numbered(path: path, label: label, count: fields.count))
      case (nil, _?):
        // `clip.mp4,class` is not a header.
        if fields.contains(where: { VideoReader.isVideoName($0) || exists($0) }) { continue }
        throw text.error(line, "this names columns, of which none is called \"path\": \(listed(fields))")
      case (_?, nil):
        if fields.contains(where: { VideoReader.isVideoName($0) || exists($0) || Int($0) != nil }) { continue }
        throw text.error(line, "this names columns, of which none is called \"label\": \(listed(fields))")
      }
    }
    return nil
  }

  /// Returns the columns of a line, without quotation marks and surrounding white space; nil if a quotation mark is not
  /// closed.
  static func fields(_ line: String, _ separator: Separator) -> [String]? {
    var fields: [String] = []
    var field = String.UnicodeScalarView()
    var (isQuoted, wasQuoted) = (false, false)
    let end = { () -> Void in
      fields.append(wasQuoted ? String(field) : bare(field[...]))
      field = String.UnicodeScalarView()
      wasQuoted = false
    }
    var rest = line.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      if isQuoted {
        guard scalar == "\"" else {
          field.append(scalar)
          continue
        }
        if rest.first == "\"" { field.append(rest.removeFirst()) } else { isQuoted = false }
      } else if scalar == "\"", bare(field[...]).isEmpty, !wasQuoted {
        field = String.UnicodeScalarView()
        (isQuoted, wasQuoted) = (true, true)
      } else if separator.isMet(by: scalar) {
        // Several spaces count as one.
        if separator == .space, field.isEmpty, !wasQuoted { continue }
        end()
      } else if !wasQuoted || !(scalar == " " || scalar == "\t") {
        field.append(scalar)
      }
    }
    if isQuoted { return nil }
    end()
    return fields
  }

  /// Returns text without surrounding white space and quotation marks.
  private static func bare(_ text: Substring.UnicodeScalarView) -> String {
    let isSpace = { (scalar: Unicode.Scalar) in scalar == " " || scalar == "\t" }
    var rest = text.drop(while: isSpace)
    while let last = rest.last, isSpace(last) { rest.removeLast() }
    if rest.count >= 2, rest.first == "\"", rest.last == "\"" { rest = rest.dropFirst().dropLast() }
    return String(Substring(rest))
  }
}
