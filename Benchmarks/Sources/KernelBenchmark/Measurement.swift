import CPU

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

/// The best time of each row, and the best rate of the peak loop, which returns its operations; rows take turns.
func measure(
  _ rows: [BenchmarkRow], repetitions: Int, peakLoop: () -> Double
) -> (seconds: [Double], peak: Double) {
  var seconds = [Double](repeating: .infinity, count: rows.count)
  var peak = 0.0
  // Short rows run several times in a turn, so that the clock's own time does not count.
  let runs = rows.map { row in
    row.run()
    return max(1, Int(20e-6 / time(row.run)))
  }
  for _ in 0..<repetitions {
    var operations = 0.0
    let duration = time { operations = peakLoop() }
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
  private let kernels: KernelSet
  private var buffers: [String: UnsafeMutableRawBufferPointer] = [:]

  init(_ kernels: KernelSet) { self.kernels = kernels }

  /// `count` floats for a role, such as "scale"; the same memory for every row that asked for no more.
  func floats(_ role: String, _ count: Int) -> UnsafeMutablePointer<Float> {
    buffer("\(role), floats", byteCount: 4 * count) { bytes in
      for (index, _) in bytes.bindMemory(to: Float.self).enumerated() {
        bytes.storeBytes(of: Self.value(index), toByteOffset: 4 * index, as: Float.self)
      }
    }.assumingMemoryBound(to: Float.self)
  }

  /// `count` doubles for a role.
  func doubles(_ role: String, _ count: Int) -> UnsafeMutablePointer<Double> {
    UnsafeMutableRawPointer(floats("\(role), doubles", 2 * count)).assumingMemoryBound(to: Double.self)
  }

  /// `count` elements of the kernels' format for a role, such as "input".
  func elements(_ role: String, _ count: Int) -> UnsafeMutableRawPointer {
    kernels.format == .float32
      ? UnsafeMutableRawPointer(floats(role, count)) : bytes(role, count * kernels.elementSize)
  }

  /// Memory for weights as a kernel packs them, or for scratch: as halves small numbers, as floats tiny ones.
  func bytes(_ role: String, _ count: Int) -> UnsafeMutableRawPointer {
    buffer(role, byteCount: count) { bytes in
      for index in 0..<bytes.count / 2 {
        bytes.storeBytes(of: Float16(Self.value(index)), toByteOffset: 2 * index, as: Float16.self)
      }
    }
  }

  private static func value(_ index: Int) -> Float { Float(index % 17) * 0.125 - 1 }

  /// Rows that asked before keep their memory: it is freed with the process.
  private func buffer(
    _ role: String, byteCount: Int, fill: (UnsafeMutableRawBufferPointer) -> Void
  ) -> UnsafeMutableRawPointer {
    if let buffer = buffers[role], buffer.count >= byteCount, let base = buffer.baseAddress { return base }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(byteCount, 64), alignment: 4096)
    fill(buffer)
    buffers[role] = buffer
    guard let base = buffer.baseAddress else { preconditionFailure("an allocation has an address") }
    return base
  }
}
