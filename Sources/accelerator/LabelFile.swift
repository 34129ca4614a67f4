import Foundation
import Tensors

/// Files with the names of classes.
enum LabelFile {
  /// Reads one label per line; empty lines at the end are ignored.
  static func read(_ path: String) throws -> [String] {
    let file = try MappedFile(path: path)
    guard file.count <= 64 << 20, let text = String(bytes: file.copy(0..<file.count), encoding: .utf8) else {
      throw FormatError(path: path, "expected a UTF-8 text file with one label per line")
    }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }
}
