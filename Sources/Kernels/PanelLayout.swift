import CKernels

/// How the weights of a matrix product lie in memory: panels of a few vectors of output channels.
///
/// A panel is one line of biases, then one line of weights for each step of the sum, so that the kernel reads it from
/// front to back. Channels past the last one have weights of zero.
struct PanelLayout: Sendable {
  let isa: ISA
  /// Steps of the sum.
  let depth: Int
  /// Output channels.
  let outputs: Int
  /// How many panels there are.
  let count: Int

  /// Panels of two vectors, and one of three if their number is odd: what register tiles of many pixels like best.
  init(isa: ISA, depth: Int, outputs: Int) {
    self.init(isa: isa, depth: depth, outputs: outputs, count: max(1, isa.padded(outputs) / isa.width / 2))
  }

  /// Panels of up to eight vectors, for one or two pixels: enough sums at once to hide the latency of each.
  init(wide isa: ISA, depth: Int, outputs: Int) {
    self.init(isa: isa, depth: depth, outputs: outputs, count: (isa.padded(outputs) / isa.width + 7) / 8)
  }

  private init(isa: ISA, depth: Int, outputs: Int, count: Int) {
    self.isa = isa
    self.depth = depth
    self.outputs = outputs
    self.count = count
  }

  /// Floats of packed weights and biases.
  var packedCount: Int { isa.padded(outputs) * (depth + 1) }

  /// Vectors in the widest panel, for the kernel's name.
  var widest: Int { channels(panel: 0).count / isa.width }

  /// The channels of a panel, those past the last one included.
  func channels(panel: Int) -> Range<Int> { start(panel)..<start(panel + 1) }

  /// Vectors are dealt to the panels as evenly as they go, the wider ones first.
  private func start(_ panel: Int) -> Int {
    let (each, extra) = (isa.padded(outputs) / isa.width).quotientAndRemainder(dividingBy: count)
    return (panel * each + min(panel, extra)) * isa.width
  }

  /// Whether a buffer is so large that it won't be found in the second-level cache.
  static func isFar(floats: Int) -> Bool { floats > 64 * 1024 }

  /// Lays out weights whose steps may be permuted.
  ///
  /// - Parameters:
  ///   - weight: `[outputs, depth / taps, taps]`; the kernel's steps run in the order `[taps, depth / taps]`.
  ///   - bias: `[outputs]`, or nil for zeros.
  ///   - packed: ``packedCount`` floats.
  func pack(
    weight: UnsafePointer<Float>, taps: Int = 1, bias: UnsafePointer<Float>?, into packed: UnsafeMutablePointer<Float>
  ) {
    let channelsPerTap = depth / taps
    for panel in 0..<count {
      let channels = channels(panel: panel)
      let real = min(outputs, channels.upperBound) - channels.lowerBound
      var line = packed + channels.lowerBound * (depth + 1)
      for lane in 0..<channels.count { line[lane] = lane < real ? bias?[channels.lowerBound + lane] ?? 0 : 0 }
      line += channels.count
      for tap in 0..<taps {
        isa.float32.to_pixels(
          weight + channels.lowerBound * depth + tap, depth, taps, real, channelsPerTap, line)
        line += channels.count * channelsPerTap
      }
    }
  }

  /// Multiplies pixels with some of the panels.
  ///
  /// - Parameters:
  ///   - task: everything but the panel; output and residual point to the first channel of the first pixel.
  ///   - packed: what ``pack(weight:taps:bias:into:)`` made.
  func run(_ task: f32_gemm_panel, packed: UnsafePointer<Float>, panels: Range<Int>) {
    var task = task
    let (y, residual) = (task.y, task.residual)
    for panel in panels {
      let channels = channels(panel: panel)
      task.panel = packed + channels.lowerBound * (depth + 1)
      task.vectors = channels.count / isa.width
      task.y = y + channels.lowerBound
      task.residual = residual.map { $0 + channels.lowerBound }
      isa.float32.gemm(&task)
      // The other panels find the inputs near.
      task.asks_for_inputs = false
    }
  }
}
