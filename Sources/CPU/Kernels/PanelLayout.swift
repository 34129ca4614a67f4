import CKernels

/// The layout of a matrix product's packed weights: panels of a few vectors of output channels.
///
/// A panel is one line of biases, then one line of weights for each step of the sum, so that the kernel reads it from
/// front to back. Channels past the last one have weights of zero. All are elements of the set's format.
package struct PanelLayout: Sendable {
  package let kernels: KernelSet
  /// The number of steps of the sum.
  package let depth: Int
  /// The number of output channels.
  package let outputs: Int
  /// The number of panels.
  package let count: Int
  /// The number of vectors in a narrow panel, and how many panels, the first ones, have one more.
  private let (narrow, wide): (Int, Int)

  /// Creates panels of `vectors` vectors, the first ones wider if their number does not divide evenly.
  ///
  /// - Parameter vectors: The number of vectors in a panel, 1...3; nil for the fastest with many pixels, two or one.
  package init(kernels: KernelSet, depth: Int, outputs: Int, vectors: Int? = nil) {
    let wanted = vectors ?? kernels.table.pointee.panel_vectors
    self.init(
      kernels: kernels, depth: depth, outputs: outputs,
      count: max(1, kernels.padded(outputs) / kernels.width / wanted))
  }

  /// Creates panels of up to eight vectors, for one or two pixels: enough sums at once to hide the latency of each.
  init(wide kernels: KernelSet, depth: Int, outputs: Int) {
    self.init(
      kernels: kernels, depth: depth, outputs: outputs,
      count: max(1, (kernels.padded(outputs) / kernels.width + 7) / 8))
  }

  private init(kernels: KernelSet, depth: Int, outputs: Int, count: Int) {
    self.kernels = kernels
    self.depth = depth
    self.outputs = outputs
    self.count = count
    (narrow, wide) = (kernels.padded(outputs) / kernels.width).quotientAndRemainder(dividingBy: count)
  }

  /// The size of the packed weights and biases in bytes.
  package var packedBytes: Int { kernels.padded(outputs) * (depth + 1) * kernels.elementSize }

  /// The number of vectors in the widest panel, for the kernel's name.
  var widest: Int { vectors(panel: 0) }

  private func vectors(panel: Int) -> Int { narrow + (panel < wide ? 1 : 0) }

  /// Returns the channels of a panel, including those past the last one.
  package func channels(panel: Int) -> Range<Int> {
    let start = (panel * narrow + min(panel, wide)) * kernels.width
    return start..<start + vectors(panel: panel) * kernels.width
  }

  /// Returns whether a buffer is too large for the second-level cache.
  func isFar(elements: Int) -> Bool { elements * kernels.elementSize > 256 << 10 }

  /// Packs weights whose steps may be permuted.
  ///
  /// - Parameters:
  ///   - weight: `[outputs, depth / taps, taps]`; the kernel's steps run in the order `[taps, depth / taps]`.
  ///   - taps: The length of the weights' last axis.
  ///   - bias: `[outputs]`, or nil for zeros.
  ///   - packed: Memory for ``packedBytes`` bytes.
  package func pack(
    weight: UnsafePointer<Float>, taps: Int = 1, bias: UnsafePointer<Float>?, into packed: UnsafeMutableRawPointer
  ) {
    let channelsPerTap = depth / taps
    for panel in 0..<count {
      let channels = channels(panel: panel)
      let real = min(outputs, channels.upperBound) - channels.lowerBound
      let lineBytes = channels.count * kernels.elementSize
      var line = packed + channels.lowerBound * (depth + 1) * kernels.elementSize
      if let bias {
        kernels.table.pointee.to_pixels(bias + channels.lowerBound, 1, 0, real, 1, line)
      } else {
        withUnsafePointer(to: Float(0)) { kernels.table.pointee.to_pixels($0, 0, 0, real, 1, line) }
      }
      line += lineBytes
      for tap in 0..<taps {
        kernels.table.pointee.to_pixels(
          weight + channels.lowerBound * depth + tap, depth, taps, real, channelsPerTap, line)
        line += lineBytes * channelsPerTap
      }
    }
  }

  /// Packs transposed weights, `[depth, outputs]`, without biases.
  package func pack(transposed weight: UnsafePointer<Float>, into packed: UnsafeMutableRawPointer) {
    if kernels.format == .float32 { return packLines(of: weight, into: packed.assumingMemoryBound(to: Float.self)) }
    for panel in 0..<count {
      let channels = channels(panel: panel)
      let real = min(outputs, channels.upperBound) - channels.lowerBound
      let line = packed + channels.lowerBound * (depth + 1) * kernels.elementSize
      withUnsafePointer(to: Float(0)) { kernels.table.pointee.to_pixels($0, 0, 0, real, 1, line) }
      kernels.table.pointee.to_pixels(
        weight + channels.lowerBound, 1, outputs, real, depth, line + channels.count * kernels.elementSize)
    }
  }

  /// Packs transposed weights in float32, where a line is a copy.
  private func packLines(of weight: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
    for panel in 0..<count {
      let channels = channels(panel: panel)
      let real = min(outputs, channels.upperBound) - channels.lowerBound
      var line = packed + channels.lowerBound * (depth + 1)
      line.update(repeating: 0, count: channels.count)
      for step in 0..<depth {
        line += channels.count
        line.update(from: weight + step * outputs + channels.lowerBound, count: real)
        (line + real).update(repeating: 0, count: channels.count - real)
      }
    }
  }

  /// Multiplies pixels with some of the panels.
  ///
  /// - Parameters:
  ///   - task: Everything except the panel; output and residual point to the first channel of the first pixel.
  ///   - packed: The result of ``pack(weight:taps:bias:into:)``.
  ///   - panels: The panels to multiply with.
  package func run(_ task: va_gemm_panel, packed: UnsafeRawPointer, panels: Range<Int>) {
    var task = task
    let (y, residual) = (task.y, task.residual)
    let resultSize = task.writes_floats ? MemoryLayout<Float>.size : kernels.elementSize
    for panel in panels {
      let channels = channels(panel: panel)
      task.panel = packed + channels.lowerBound * (depth + 1) * kernels.elementSize
      task.vectors = vectors(panel: panel)
      task.y = y + channels.lowerBound * resultSize
      task.residual = residual.map { $0 + channels.lowerBound * kernels.elementSize }
      kernels.table.pointee.gemm(&task)
      // The first panel has brought the inputs into a near cache.
      task.prefetch_inputs = false
    }
  }
}
