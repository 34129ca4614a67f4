import Tensors
import CPU
import Autotune
import VideoAccelerator

/// The latencies of a model in each number format, with each instruction set.
struct PrecisionReport {
  let model: String
  let shapes: [[Int]]
  let threads: Int
  let rows: [PrecisionBenchmark.Row]

  var json: JSON {
    [
      "model": .string(model), "input_shape": JSON(shapes.first ?? []), "threads": JSON(threads),
      "cpu": .string(Processor.name),
      "formats": .array(
        rows.map { row in
          [
            "isa": .string(row.isa.rawValue), "precision": .string(row.precision.rawValue),
            "median_ms": .rounded(row.milliseconds, 4), "ratio_to_fp32": .rounded(row.ratio),
            "peak_fraction": .rounded(row.peakFraction),
          ]
        }),
    ]
  }

  var text: String {
    var table = TextTable(["instructions", "format", "latency", "of fp32's", "of peak"])
    for row in rows {
      table.add([
        row.isa.rawValue, row.precision.rawValue, "\(row.milliseconds.fixed(2)) ms", "\(row.ratio.fixed(3))×",
        "\((100 * row.peakFraction).fixed(0)) %",
      ])
    }
    let threads = threads.of("thread")
    return "\(model), \(shapes.shapeText), \(Processor.name), \(threads)\n\n\(table.text)"
  }
}
