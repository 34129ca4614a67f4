import Tensors

/// The lines of a text file without comments (`#`), blank lines and surrounding white space.
struct TextList {
  /// A line and its number, from 1.
  struct Line {
    let number: Int
    let text: String
  }

  /// The file.
  let path: String
  /// The lines, in order.
  let lines: [Line]

  /// The largest list that is read, in bytes: ten million lines of a hundred bytes.
  private static let sizeLimit = 1 << 30

  /// Reads a file. What is not UTF-8 is kept as `PathText` keeps it, as a list may contain names of any bytes.
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
    if Self.isUTF16(bytes) {
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
    self.lines = Self.joiningQuoted(lines)
  }

  /// Returns whether text starts with a byte order mark of UTF-16, or every second byte of it is zero.
  private static func isUTF16(_ bytes: [UInt8]) -> Bool {
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) { return true }
    let sample = bytes.prefix(64)
    return sample.count >= 4
      && (0..<2).contains { parity in sample.indices.allSatisfy { $0 % 2 != parity || sample[$0] == 0 } }
  }

  /// Returns the lines with those joined that a quoted column spans (RFC 4180).
  private static func joiningQuoted(_ lines: [Line]) -> [Line] {
    let isOpen = { (text: String) in text.utf8.contains(UInt8(ascii: "\"")) && ListFormat.fields(text, .comma) == nil }
    var joined: [Line] = []
    var next = 0
    while next < lines.count {
      let line = lines[next]
      next += 1
      joined.append(line)
      guard isOpen(line.text) else { continue }
      // A quotation mark that is not closed nearby is an error of this line alone.
      var text = line.text
      for (count, following) in lines[next...].prefix(50).enumerated() {
        text += "\n" + following.text
        guard !isOpen(text) else { continue }
        joined[joined.count - 1] = Line(number: line.number, text: text)
        next += count + 1
        break
      }
    }
    return joined
  }

  /// Returns the lines, which end with a line feed, or with a carriage return if there is no line feed in the file.
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

  /// Returns an error about a line.
  func error(_ line: Line, _ problem: String) -> DataSetError {
    .badLine(list: path, line: line.number, problem: problem)
  }
}
