import ArgumentParser
import Foundation
import VideoAccelerator

/// How results are printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json
}

extension Int {
  /// A count of things, as in `1 frame` and `2 frames`.
  func of(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}

/// Columns of text, padded to the widest cell; the caller aligns numbers.
struct TextTable {
  private var rows: [[String]] = []

  init(_ header: [String]? = nil) {
    if let header { rows.append(header) }
  }

  mutating func add(_ row: [String]) { rows.append(row) }

  /// The rows, the last column unpadded.
  var text: String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { column, cell in
        column == row.count - 1 ? cell : cell.padding(toLength: widths[column], withPad: " ", startingAt: 0)
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
