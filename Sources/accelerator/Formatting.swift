import ArgumentParser
import Foundation
import VideoAccelerator

/// How results are printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json
}

/// Columns of text, padded to the widest cell; numbers are the caller's to align.
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

extension Double {
  /// A fixed number of decimals.
  func fixed(_ decimals: Int) -> String { String(format: "%.\(decimals)f", self) }
}

extension Int {
  /// Bytes in a unit that a person reads, such as `15.3 MB`.
  var byteText: String {
    let units = ["B", "kB", "MB", "GB", "TB"]
    var value = Double(self)
    var unit = 0
    while value >= 999.5, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return unit == 0 ? "\(self) B" : "\(value.fixed(value < 10 ? 2 : 1)) \(units[unit])"
  }
}

extension JSON {
  /// A number rounded to a number of decimals, so that output stays readable.
  static func rounded(_ value: Double, _ decimals: Int = 3) -> JSON {
    let factor = Double(sign: .plus, exponent: 0, significand: 1) * pow(10, Double(decimals))
    return .number((value * factor).rounded() / factor)
  }
}
