import Tensors

/// The lines of a text file that say something: without comments (`#`), blank lines and white space around them.
struct TextList {
  /// A line and its number, from 1.
  struct Line {
    let number: Int
    let text: String
  }

  /// The file.
  let path: String
  /// What the file says.
  let lines: [Line]

  /// The largest list that is read: ten million lines of a hundred bytes.
  private static let sizeLimit = 1 << 30

  /// What is not UTF-8 is kept as `PathText` keeps it: a list may hold names of any bytes.
  ///
  /// - Throws: `FileError` if the file cannot be read; ``DataSetError/badLine(list:line:problem:)`` for what is not text.
  init(path: String) throws {
    let file = try MappedFile(path: path)
    guard file.count <= Self.sizeLimit else { throw FileError(path: path, reason: "is too large for a list of files") }
    try self.init(path: path, bytes: file.copy(0..<file.count))
  }

  init(path: String, bytes: [UInt8]) throws(DataSetError) {
    self.path = path
    var lines: [Line] = []
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let content = bytes.starts(with: mark) ? bytes[3...] : bytes[...]
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw .badLine(list: path, line: 1, problem: "this is text in UTF-16: save it as UTF-8")
    }
    for (index, part) in Self.split(content).enumerated() {
      let text = Self.trimmed(part)
      if text.isEmpty || text.first == UInt8(ascii: "#") { continue }
      guard !text.contains(where: { $0 < 0x20 && $0 != UInt8(ascii: "\t") }) else {
        throw .badLine(list: path, line: index + 1, problem: "this line has control characters")
      }
      lines.append(Line(number: index + 1, text: PathText.text(of: text)))
    }
    self.lines = lines
  }

  /// The lines, which end with a line feed, or with a carriage return where there is no line feed in the file.
  private static func split(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    let feed = UInt8(ascii: "\n")
    return bytes.split(separator: bytes.contains(feed) ? feed : 0x0D, omittingEmptySubsequences: false)
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == 0x0D }
    let start = bytes.drop(while: isSpace)
    guard let last = start.lastIndex(where: { !isSpace($0) }) else { return [] }
    return start[...last]
  }

  /// An error about a line.
  func error(_ line: Line, _ problem: String) -> DataSetError {
    .badLine(list: path, line: line.number, problem: problem)
  }
}
