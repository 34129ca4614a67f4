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

  func run(_ memory: WorkerMemory) {
    if isDense, !outputLayout.isInterleaved { return runDense(memory) }
    // A few rows do not divide as evenly as panels do.
    let byPanels =
      gate == nil && kernel.panelCount >= memory.workers
      && unevenness(outputLayout.height, memory.workers) > unevenness(kernel.panelCount, memory.workers) + 0.1
    guard byPanels else { return runByRows(memory) }
    let panels = share(of: kernel.panelCount, worker: memory.worker, of: memory.workers)
    for n in 0..<outputLayout.images {
      produce(
        rows: 0..<outputLayout.height, of: n, at: memory.write(output) + n * outputLayout.imageBytes, memory,
        panels: panels)
    }
  }

  /// Without strides all pixels of an image are one run; workers share them in tiles, or share the output channels where
  /// there are too few pixels for that.
  private func runDense(_ memory: WorkerMemory) {
    let pixels = outputLayout.pixels
    let byPanels = pixels < 84 * memory.workers && kernel.panelCount >= memory.workers && gate == nil
    let run = byPanels ? 0..<pixels : share(of: pixels, blocks: 14, worker: memory.worker, of: memory.workers)
    let panels = byPanels ? share(of: kernel.panelCount, worker: memory.worker, of: memory.workers) : nil
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
