import IR
import Tensors

extension TransmuterReport {
  /// The report as text: a headline, then tables.
  public var text: String {
    var lines = ["target \(target), \(precision.rawValue)"]
    if let share = efficientShare, let all = convolutionMultiplyAdds {
      lines.append(
        "\(Self.decimal(share * 100)) % of the convolutions' \(Self.decimal(Double(all) / 1e6)) million multiply-adds "
          + "are on efficient blocks")
    }
    if let steps {
      let slow = steps.reference.count
      lines.append(
        slow == 0
          ? "\(steps.count) steps, all of them on kernels"
          : "\(slow) of the \(steps.count) steps run on reference kernels, which are slow")
      lines += Self.table(steps.reference.map { [$0.path, $0.kernel] })
    }
    if !onEfficientBlocks.isEmpty {
      lines.append("\non efficient blocks")
      lines += Self.table(
        onEfficientBlocks.map { [$0.path, $0.block ?? "", "for \(Self.list($0.replaced))"] })
    }
    if !notOnEfficientBlocks.isEmpty {
      lines.append("\nnot on an efficient block")
      lines += Self.table(
        Self.grouped(
          notOnEfficientBlocks.map {
            [$0.path, $0.operation, "for \(Self.list($0.replaced))", $0.reasons.joined(separator: "; ")]
          }))
    }
    if !removed.isEmpty {
      lines.append("\nremoved")
      lines += Self.table(removed.map { [$0.scope, $0.label] })
    }
    return lines.joined(separator: "\n")
  }

  /// The report as JSON.
  public var json: JSON {
    var object: JSONObject = [
      "target": .string(target), "precision": .string(precision.rawValue),
      "on_efficient_blocks": .array(onEfficientBlocks.map(Self.json)),
      "not_on_efficient_blocks": .array(notOnEfficientBlocks.map(Self.json)),
      "removed": .array(removed.map(Self.json)),
    ]
    if let all = convolutionMultiplyAdds, let efficient = efficientConvolutionMultiplyAdds, let share = efficientShare {
      object["convolution_multiply_adds"] = JSON(all)
      object["efficient_convolution_multiply_adds"] = JSON(efficient)
      object["efficient_share"] = .number(share)
    }
    if let steps {
      object["steps"] = [
        "count": JSON(steps.count),
        "reference": .array(steps.reference.map { ["kernel": .string($0.kernel), "path": .string($0.path)] }),
      ]
    }
    return .object(object)
  }

  private static func json(_ entry: Entry) -> JSON {
    var object: JSONObject = ["path": .string(entry.path), "operation": .string(entry.operation)]
    if let block = entry.block { object["block"] = .string(block) }
    object["replaces"] = .array(entry.replaced.map(json))
    if !entry.reasons.isEmpty { object["reasons"] = JSON(entry.reasons) }
    if let count = entry.multiplyAdds { object["multiply_adds"] = JSON(count) }
    return .object(object)
  }

  private static func json(_ origin: Provenance.Origin) -> JSON {
    ["path": .string(origin.scope), "operation": .string(origin.label)]
  }

  /// Returns rows of which those that only differ in their first cell, the path, are one if they are many.
  private static func grouped(_ rows: [[String]]) -> [[String]] {
    let counts = Dictionary(rows.map { ($0.dropFirst(), 1) }, uniquingKeysWith: +)
    var seen: Set<ArraySlice<String>> = []
    return rows.compactMap { row in
      guard let count = counts[row.dropFirst()], count > mostPlaces else { return row }
      return seen.insert(row.dropFirst()).inserted ? ["(\(count) places)"] + row.dropFirst() : nil
    }
  }

  /// The number of layers that the text lists one by one for the same reason.
  private static let mostPlaces = 4

  private static func list(_ origins: [Provenance.Origin]) -> String {
    origins.map(\.label).joined(separator: " + ")
  }

  /// Returns rows with their cells aligned in columns.
  package static func table(_ rows: [[String]]) -> [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
      let line = "  " + cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }

  /// Returns a number with one decimal, rounded down: 100 % means all.
  private static func decimal(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded(.down))
    return "\(tenths / 10).\(tenths % 10)"
  }
}
