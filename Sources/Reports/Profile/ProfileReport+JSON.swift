import Passes
import CPU
import Tensors

extension ProfileReport {
  /// Returns the report as JSON, with units in the names.
  ///
  /// - Parameters:
  ///   - grouping: What a row stands for.
  ///   - top: The number of rows, those with the most time first; nil for all, in order.
  public func json(by grouping: Grouping, top: Int? = nil) -> JSON {
    var lines = lines(by: grouping)
    if let top { lines = Array(lines.sorted { $0.milliseconds > $1.milliseconds }.prefix(top)) }
    return [
      "model": .string(model), "processor": .string(processor), "precision": .string(precision.rawValue),
      "threads": JSON(profile.threads), "isa": .string(profile.isa.rawValue),
      "input_shape": JSON(profile.inputShapes.first ?? []), "iterations": JSON(profile.runs),
      "latency_ms": [
        "min": .rounded(profile.fastestMilliseconds, 4), "median": .rounded(profile.latencyMilliseconds, 4),
      ],
      "profiled_ms": .rounded(profile.profiledMilliseconds, 4),
      "rows_sum_ms": .rounded(profile.rowsSumMilliseconds, 4),
      "gmacs": .rounded(Double(profile.multiplyAdds) / 1e9, 4),
      "gflops_per_second": .rounded(flopsPerSecond / 1e9, 1), "peak_fraction": .rounded(peakFraction),
      "measured_peak": [
        "gflops_per_second": .rounded(roofs.flops / 1e9, 1),
        "memory_gb_per_second": .rounded(roofs.memoryBandwidth / 1e9, 1),
        "cache_gb_per_second": .rounded(roofs.cacheBandwidth / 1e9, 1),
      ],
      "by": .string(grouping.rawValue), "rows": .array(lines.map { json($0, grouping) }),
    ]
  }

  private func json(_ line: Line, _ grouping: Grouping) -> JSON {
    var object = JSONObject()
    if grouping == .operation {
      let row = profile.rows[line.steps[0]]
      object["step"] = JSON(line.steps[0])
      object["path"] = .string(line.name)
      object["kernel"] = .string(row.record.kernel)
      object["operations"] = .array(row.record.parts.map(json))
      object["repeats"] = JSON(row.record.repeats)
      object["min_ms"] = .rounded(row.fastestMilliseconds, 5)
      object["bytes_read"] = JSON(row.record.bytesRead)
      object["bytes_written"] = JSON(row.record.bytesWritten)
      object["bytes_of_weights"] = JSON(row.record.bytesOfWeights)
    } else {
      object[grouping.rawValue] = .string(line.name)
      object["steps"] = JSON(line.steps)
    }
    object["kind"] = .string(line.kind)
    object["time_ms"] = .rounded(line.milliseconds, 5)
    object["share"] = .rounded(line.share, 5)
    object["flops"] = JSON(line.flops)
    object["bytes"] = JSON(line.bytes)
    object["gflops_per_second"] = .rounded(line.flopsPerSecond / 1e9)
    object["peak_fraction"] = .rounded(line.peakFraction, 4)
    object["gb_per_second"] = .rounded(line.bytesPerSecond / 1e9)
    object["bandwidth_fraction"] = .rounded(line.bandwidthFraction, 4)
    object["flops_per_byte"] = .rounded(line.intensity)
    object["bound"] = .string(line.bound.rawValue)
    return .object(object)
  }

  private func json(_ part: StepRecord.Part) -> JSON {
    [
      "operation": .string(part.operation), "path": .string(part.path),
      "input_shapes": .array(part.inputShapes.map { JSON($0) }),
      "output_shapes": .array(part.outputShapes.map { JSON($0) }), "multiply_adds": JSON(part.multiplyAdds),
    ]
  }
}
