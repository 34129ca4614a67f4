import Tensors
import Foundation
import VideoAccelerator

/// A model's blocks with their parameters and multiply-adds.
struct BlockTable {
  let blocks: [Graph.Block]

  /// The multiply-adds of all blocks; nil if the input's shape is not known.
  var multiplyAdds: Int? {
    let counts = blocks.compactMap(\.multiplyAdds)
    return counts.count == blocks.count ? counts.reduce(0, +) : nil
  }

  private var parameters: Int { blocks.reduce(0) { $0 + $1.parameters } }

  var json: JSON {
    .array(
      blocks.map { block in
        [
          "block": .string(block.path),
          "operations": .object(JSONObject(block.operations.map { ($0.name, JSON($0.count)) })),
          "output_shape": .array(block.outputShape.map { $0.value.map { JSON($0) } ?? .string("\($0)") }),
          "parameters": JSON(block.parameters), "multiply_adds": block.multiplyAdds.map { JSON($0) } ?? .null,
          "share": share(of: block).map { .rounded($0, 4) } ?? .null,
        ]
      })
  }

  var text: String {
    var table = TextTable(["block", "operations", "output", "parameters", "multiply-adds", "share"])
    for block in blocks {
      table.add([
        block.path.isEmpty ? "model" : block.path.printable, "\(block.operations.reduce(0) { $0 + $1.count })",
        block.outputShape.map(\.description).joined(separator: "×"), block.parameters.grouped,
        block.multiplyAdds?.grouped ?? "?", share(of: block).map { "\(($0 * 100).fixed(1)) %" } ?? "?",
      ])
    }
    table.add(["all", "", "", parameters.grouped, multiplyAdds?.grouped ?? "?", ""])
    return table.text
  }

  /// Returns a block's share of the multiply-adds, 0...1; nil if they are not known, or 0.
  private func share(of block: Graph.Block) -> Double? {
    guard let all = multiplyAdds, let own = block.multiplyAdds, all > 0 else { return nil }
    return Double(own) / Double(all)
  }
}

extension Int {
  /// The number with a thin space between thousands, as `1 234 567`.
  var grouped: String {
    let digits = Array("\(magnitude)".reversed())
    let groups = stride(from: 0, to: digits.count, by: 3).map {
      String(digits[$0..<Swift.min($0 + 3, digits.count)].reversed())
    }
    return (self < 0 ? "-" : "") + groups.reversed().joined(separator: " ")
  }
}
