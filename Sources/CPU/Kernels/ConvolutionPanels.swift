import CKernels

/// The layout of a convolution's packed weights: panels of one to three vectors of output channels.
///
/// A panel is one line of biases, then a line of weights for each tap and each input channel that the panel takes: those of
/// all groups that it has outputs of. Weights between channels of different groups are zero, so that groups may be narrower
/// than a vector.
struct ConvolutionPanels: Sendable {
  /// Some output channels and the input channels that they depend on.
  struct Panel: Sendable {
    /// The output channels, including those past the last one: whole vectors.
    let outputs: Range<Int>
    /// The input channels, of all groups.
    let inputs: Range<Int>
    /// The offset of the panel in bytes.
    let offset: Int
  }

  let kernels: KernelSet
  let inputs: Int
  let outputs: Int
  let groups: Int
  /// The number of taps of the window.
  let taps: Int
  let panels: [Panel]
  /// The size of the packed weights and biases in bytes.
  let packedBytes: Int

  /// Creates panels for tiles of pixels from rows of `rowWidth` outputs, whose inputs lie `step` pixels apart.
  init(kernels: KernelSet, inputs: Int, outputs: Int, groups: Int = 1, taps: Int, rowWidth: Int, step: Int = 1) {
    let vectors = kernels.padded(outputs) / kernels.width
    let distance = step * kernels.padded(inputs) * kernels.elementSize
    let widest = groups > 1 ? 1 : Self.vectors(kernels, of: vectors, rowWidth: rowWidth, inputDistance: distance)
    let count = (vectors + widest - 1) / widest
    let (groupInputs, groupOutputs) = (inputs / groups, outputs / groups)
    var panels: [Panel] = []
    var bytes = 0
    for index in 0..<count {
      let channels = vectors * index / count * kernels.width..<vectors * (index + 1) / count * kernels.width
      let first = channels.lowerBound / groupOutputs
      let last = (min(channels.upperBound, outputs) - 1) / groupOutputs
      let depth = first * groupInputs..<(last + 1) * groupInputs
      panels.append(Panel(outputs: channels, inputs: depth, offset: bytes))
      bytes += channels.count * (1 + taps * depth.count) * kernels.elementSize
    }
    self.kernels = kernels
    self.inputs = inputs
    self.outputs = outputs
    self.groups = groups
    self.taps = taps
    self.panels = panels
    packedBytes = bytes
  }

  /// The number of vectors in the widest panel, for the kernel's name.
  var widest: Int { panels.map(\.outputs.count).max().map { $0 / kernels.width } ?? 0 }

  /// The size in bytes of the scratch memory for the inputs of a tile at one tap.
  var scratchBytes: Int {
    let depth = panels.map(\.inputs.count).max() ?? 0
    return (kernels.table.pointee.tallest.0 * depth + kernels.width) * kernels.numberSize
  }

  /// Packs weights `[outputs, inputs / groups, taps]` and biases `[outputs]`.
  func pack(weight: UnsafePointer<Float>, bias: UnsafePointer<Float>?, into packed: UnsafeMutableRawPointer) {
    for panel in panels {
      pack(
        panel, weight: weight + panel.outputs.lowerBound * inputs / groups * taps,
        bias: bias.map { $0 + panel.outputs.lowerBound }, into: packed + panel.offset)
    }
  }

  /// Packs one panel.
  ///
  /// - Parameters:
  ///   - panel: The panel.
  ///   - weight: The weights of the panel's first channel.
  ///   - bias: The bias of the panel's first channel; nil for zeros.
  ///   - packed: The memory for the panel.
  func pack(
    _ panel: Panel, weight: UnsafePointer<Float>, bias: UnsafePointer<Float>?, into packed: UnsafeMutableRawPointer
  ) {
    let real = min(outputs, panel.outputs.upperBound) - panel.outputs.lowerBound
    let depth = panel.inputs.count
    if groups == 1 { return pack(panel, real, dense: weight, bias: bias, into: packed) }
    let (groupInputs, groupOutputs) = (inputs / groups, outputs / groups)
    var dense = [Float](repeating: 0, count: real * depth * taps)
    for channel in 0..<real {
      let first = (panel.outputs.lowerBound + channel) / groupOutputs * groupInputs - panel.inputs.lowerBound
      for index in 0..<groupInputs * taps {
        dense[(channel * depth + first) * taps + index] = weight[channel * groupInputs * taps + index]
      }
    }
    pack(panel, real, dense: dense, bias: bias, into: packed)
  }

  /// Packs weights `[real, panel.inputs, taps]`.
  private func pack(
    _ panel: Panel, _ real: Int, dense weight: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    into packed: UnsafeMutableRawPointer
  ) {
    let (toPixels, depth) = (kernels.table.pointee.to_pixels, panel.inputs.count)
    let lineBytes = panel.outputs.count * kernels.elementSize
    if let bias {
      toPixels(bias, 1, 0, real, 1, packed)
    } else {
      withUnsafePointer(to: Float(0)) { toPixels($0, 0, 0, real, 1, packed) }
    }
    for tap in 0..<taps {
      toPixels(weight + tap, depth * taps, taps, real, depth, packed + (1 + tap * depth) * lineBytes)
    }
  }

  /// Returns how many vectors of output channels to compute at once: as many sums as possible in a tile.
  private static func vectors(_ kernels: KernelSet, of vectors: Int, rowWidth: Int, inputDistance: Int) -> Int {
    let table = kernels.table.pointee
    // Where broadcasts are slow, each is used once.
    if table.panel_vectors == 1 { return 1 }
    let tallest = [table.tallest.0, table.tallest.1, table.tallest.2]
    let sums = (1...3).map { wanted in
      let panels = (vectors + wanted - 1) / wanted
      let tiles = (rowWidth + tallest[wanted - 1] - 1) / tallest[wanted - 1]
      let height = Double(rowWidth) / Double(max(tiles, 1))
      // Pixels that lie whole pages apart share the places of one set of a first-level cache.
      let share = inputDistance % 4096 == 0 && height > 8 ? 0.6 : 1
      return share * height * Double(vectors) / Double(max(panels, 1))
    }
    return (sums.indices.max { sums[$0] < sums[$1] } ?? 0) + 1
  }
}
