import Kernels

/// One kernel at one shape.
struct BenchmarkRow {
  /// The kernel's name.
  var kernel: String
  /// The layer and its shape.
  var layer: String
  /// Floating-point operations of a run.
  var operations: Double
  /// Bytes of inputs, weights and outputs.
  var bytes: Double
  /// One run.
  var run: () -> Void
}

/// The best time of each row, and the best rate of the peak loop; rows take turns.
func measure(_ rows: [BenchmarkRow], isa: ISA, repetitions: Int) -> (seconds: [Double], peak: Double) {
  var seconds = [Double](repeating: .infinity, count: rows.count)
  var peak = 0.0
  // Short rows run several times in a turn, so that the clock's own time does not count.
  let runs = rows.map { row in
    row.run()
    return max(1, Int(20e-6 / time(row.run)))
  }
  for _ in 0..<repetitions {
    var operations = 0.0
    let duration = time { operations = PeakLoop.run(isa: isa, iterations: 10_000) }
    peak = max(peak, operations / duration)
    for (index, row) in rows.enumerated() {
      let duration = time { for _ in 0..<runs[index] { row.run() } }
      seconds[index] = min(seconds[index], duration / Double(runs[index]))
    }
  }
  return (seconds, peak)
}

private func time(_ body: () -> Void) -> Double {
  let duration = ContinuousClock().measure(body)
  return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
}

/// Memory that all rows share, filled with small numbers of both signs.
///
/// Rows overwrite each other's results: only the time counts, and a layer's input is in real life as warm as this.
final class SharedMemory {
  private var buffers: [String: UnsafeMutableRawBufferPointer] = [:]

  /// `count` floats for a role, such as "input"; the same memory for every row that asked for no more.
  ///
  /// Rows that asked before keep their memory: it is freed with the process.
  func floats(_ role: String, _ count: Int) -> UnsafeMutablePointer<Float> {
    if let buffer = buffers[role], buffer.count >= count * 4 {
      return buffer.assumingMemoryBound(to: Float.self).baseAddress ?? empty
    }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 1) * 4, alignment: 4096)
    let floats = buffer.bindMemory(to: Float.self)
    for index in floats.indices { floats[index] = Float(index % 17) * 0.125 - 1 }
    buffers[role] = buffer
    return floats.baseAddress ?? empty
  }

  private let empty = UnsafeMutablePointer<Float>.allocate(capacity: 1)
}
