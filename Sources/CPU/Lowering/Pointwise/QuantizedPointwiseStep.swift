import IR

/// A pointwise convolution of bytes, or of 16-bit values by way of its prologue.
struct QuantizedPointwiseStep: RowProducer {
  let kernel: QuantizedPointwiseKernel
  let packed: Location
  let input: Location
  let inputLayout: QuantizedLayout
  let output: Location
  let outputLayout: QuantizedLayout
  let stride: [Int]
  /// The location of a factor for each input channel, and the number of factors from one image to the next.
  let gate: (location: Location, stride: Int)?
  let residual: Location?

  var kernelName: String { kernel.name }
  var scratchBytes: Int { kernel.scratchBytes }
  var outputRows: RowShape { outputLayout.rows }

  private var isDense: Bool { stride == [1, 1, 1] }

  func tileCount(workers: Int) -> Int? {
    if isByPanels(workers: workers) { return kernel.panelCount }
    return isOneRun ? outputLayout.pixels.dividedRoundingUp(by: Self.block) : outputLayout.height
  }

  /// Without strides all pixels of an image are one run, which workers share in tiles.
  private var isOneRun: Bool { isDense && !outputLayout.isInterleaved }

  /// The number of pixels that workers share at a time.
  private static let block = 14

  /// Whether workers share the panels of output channels: there are too few pixels for all, or a few rows do not divide as
  /// evenly as panels do.
  private func isByPanels(workers: Int) -> Bool {
    guard gate == nil, kernel.panelCount >= workers else { return false }
    return isOneRun
      ? outputLayout.pixels < 84 * workers
      : unevenness(outputLayout.height, workers) > unevenness(kernel.panelCount, workers) + 0.1
  }

  func run(_ memory: WorkerMemory) {
    if isOneRun { return runDense(memory) }
    guard isByPanels(workers: memory.workers) else { return runByRows(memory) }
    let panels = memory.share(of: kernel.panelCount)
    for n in 0..<outputLayout.images {
      produce(
        rows: 0..<outputLayout.height, of: n, at: memory.write(output) + n * outputLayout.imageBytes, memory,
        panels: panels)
    }
  }

  private func runDense(_ memory: WorkerMemory) {
    let pixels = outputLayout.pixels
    let isByPanels = isByPanels(workers: memory.workers)
    let run = isByPanels ? 0..<pixels : memory.share(of: pixels, blocks: Self.block)
    let panels = isByPanels ? memory.share(of: kernel.panelCount) : nil
    for n in 0..<outputLayout.images {
      let offset = (n * pixels + run.lowerBound) * outputLayout.pixelBytes
      kernel.run(
        packed: memory.read(packed),
        input: memory.read(input) + (n * pixels + run.lowerBound) * inputLayout.pixelBytes, count: run.count,
        gate: gate.map { memory.floats($0.location) + n * $0.stride },
        residual: residual.map { memory.bytes($0) + offset }, output: memory.write(output) + offset,
        scratch: memory.own, panels: panels)
    }
  }

  func produce(rows: Range<Int>, of image: Int, at target: UnsafeMutableRawPointer, _ memory: WorkerMemory) {
    produce(rows: rows, of: image, at: target, memory, panels: nil)
  }

  private func produce(
    rows: Range<Int>, of image: Int, at target: UnsafeMutableRawPointer, _ memory: WorkerMemory, panels: Range<Int>?
  ) {
    let source = memory.read(input) + image * inputLayout.imageBytes
    for h in rows {
      let inputRow = source + h * stride[1] * inputLayout.rowBytes
      let outputRow = target + (h - rows.lowerBound) * outputLayout.rowBytes
      if outputLayout.isInterleaved {
        kernel.runToInterleaved(
          packed: memory.read(packed), input: inputRow.assumingMemoryBound(to: UInt8.self),
          frames: outputLayout.frames, width: outputLayout.width,
          output: outputRow, scratch: memory.own, panels: panels)
        continue
      }
      for t in 0..<outputLayout.frames {
        let column = t * outputLayout.width * outputLayout.pixelBytes
        let place = image * outputLayout.imageBytes + h * outputLayout.rowBytes + column
        kernel.run(
          packed: memory.read(packed),
          input: inputRow + t * stride[0] * inputLayout.width * inputLayout.pixelBytes,
          inputStride: stride[2] * inputLayout.pixel, count: outputLayout.width,
          gate: gate.map { memory.floats($0.location) + image * $0.stride },
          residual: residual.map { memory.bytes($0) + place }, output: outputRow + column, scratch: memory.own,
          panels: panels)
      }
    }
  }
}
