import Tensors
import Autotune
import VideoAccelerator

/// The latencies of a model's blocks, in original and in deployable form.
struct BlockReport {
  let model: String
  let shapes: [[Int]]
  let threads: Int
  let device: LatencyTable.Device
  /// The milliseconds are in the order of `BlockForm.all`.
  let costs: [BlockCost]

  var json: JSON {
    [
      "model": .string(model), "input_shape": JSON(shapes.first ?? []), "threads": JSON(threads),
      "cpu": .string(device.cpu),
      "isa": .string(device.isa),
      "blocks": .array(
        costs.map { cost in
          [
            "block": .string(cost.block.path), "count": JSON(cost.count),
            "output_shape": JSON(cost.block.outputShape.compactMap(\.value)),
            "multiply_adds": cost.block.multiplyAdds.map { JSON($0) } ?? .null,
            "latency_ms": .object(
              JSONObject(
                pairs(cost).map { precision, original, deployable in
                  (
                    precision.rawValue,
                    ["original": .rounded(original, 4), "deployable": .rounded(deployable, 4)]
                  )
                })),
          ]
        }),
    ]
  }

  var text: String {
    var table = TextTable(
      ["block", "count", "output", "multiply-adds"]
        + Precision.floatingPoint.flatMap { ["\($0.rawValue) original", "deployable", "faster"] })
    for cost in costs {
      table.add(
        [
          cost.block.path.isEmpty ? "model" : cost.block.path.printable, "\(cost.count)",
          cost.block.outputShape.map(\.description).joined(separator: "×"), cost.block.multiplyAdds?.grouped ?? "?",
        ]
          + pairs(cost).flatMap { _, original, deployable in
            ["\(original.fixed(3)) ms", "\(deployable.fixed(3)) ms", "\((original / deployable).fixed(2))×"]
          })
    }
    let all = sums.flatMap { original, deployable in
      ["\(original.fixed(3)) ms", "\(deployable.fixed(3)) ms", "\((original / deployable).fixed(2))×"]
    }
    table.add(["all", "\(costs.reduce(0) { $0 + $1.count })", "", ""] + all)
    let threads = threads.of("thread")
    return
      "\(model), \(shapes.shapeText), \(device.cpu), \(device.isa), \(threads)\n\n\(table.text)"
  }

  /// Returns each number format with the milliseconds of both forms.
  private func pairs(_ cost: BlockCost) -> [(precision: Precision, original: Double, deployable: Double)] {
    Precision.floatingPoint.enumerated().map { index, precision in
      (precision, cost.milliseconds[2 * index], cost.milliseconds[2 * index + 1])
    }
  }

  /// The milliseconds of all blocks of the network in each number format.
  private var sums: [(original: Double, deployable: Double)] {
    Precision.floatingPoint.indices.map { index in
      let sum = { (form: Int) in costs.reduce(0) { $0 + Double($1.count) * $1.milliseconds[form] } }
      return (sum(2 * index), sum(2 * index + 1))
    }
  }
}
