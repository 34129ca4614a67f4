import IR

/// A pointwise convolution: all pixels in one run, or row by row with a stride.
struct PointwiseStep: Step {
  let kernel: PointwiseKernel
  let packed: Location
  let input: Location
  let inputLayout: ChannelsLast
  let output: Location
  let outputLayout: ChannelsLast
  let stride: [Int]
  let scale: Location?
  let residual: Location?

  var kernelName: String { kernel.name }
  var scratchBytes: Int { kernel.scratchBytes }
  var outputRows: RowShape { outputLayout.rows }

  func tileCount(workers: Int) -> Int? {
    if stride != [1, 1, 1] { return outputLayout.height }
    return isByChannels(workers: workers) ? kernel.panelCount : outputLayout.pixels.dividedRoundingUp(by: Self.block)
  }

  func run(_ memory: WorkerMemory) {
    if stride == [1, 1, 1] {
      runDense(memory)
    } else {
      runByRows(memory)
    }
  }

  /// The number of pixels that workers share at a time.
  private static let block = 12

  /// Whether workers share the output channels, and not the pixels, as there are too few of these.
  private func isByChannels(workers: Int) -> Bool {
    outputLayout.pixels < 84 * workers && kernel.panelCount >= workers && scale == nil
  }

  /// Without strides all pixels of an image are one run.
  private func runDense(_ memory: WorkerMemory) {
    let pixels = outputLayout.pixels
    let isByChannels = isByChannels(workers: memory.workers)
    let run = isByChannels ? 0..<pixels : memory.share(of: pixels, blocks: Self.block)
    let panels = isByChannels ? memory.share(of: kernel.panelCount) : nil
    for n in 0..<outputLayout.images {
      let offset = (n * pixels + run.lowerBound) * outputLayout.pixelBytes
      kernel.run(
        packed: memory.read(packed),
        input: memory.read(input) + (n * pixels + run.lowerBound) * inputLayout.pixelBytes, count: run.count,
        scale: scale.map { memory.floats($0) + n * inputLayout.paddedChannels },
        residual: residual.map { memory.read($0) + offset }, output: memory.write(output) + offset,
        scratch: memory.own, panels: panels)
    }
  }
}

extension PointwiseStep: PixelStep {
  /// A scale belongs to one image, while pixels of all images are processed in one run.
  var pixelCount: Int? {
    stride == [1, 1, 1] && scale == nil ? outputLayout.images * outputLayout.pixels : nil
  }

  func run(_ memory: WorkerMemory, pixels: Range<Int>) {
    let offset = pixels.lowerBound * outputLayout.pixelBytes
    kernel.run(
      packed: memory.read(packed), input: memory.read(input) + pixels.lowerBound * inputLayout.pixelBytes,
      count: pixels.count, residual: residual.map { memory.read($0) + offset },
      output: memory.write(output) + offset, scratch: memory.own, isFar: true)
  }
}

extension PointwiseStep: RowProducer {
  func produce(rows: Range<Int>, of image: Int, at target: UnsafeMutableRawPointer, _ memory: WorkerMemory) {
    for h in rows {
      for t in 0..<outputLayout.frames where stride != [1, 1, 1] || t == 0 {
        // Without strides the frames of a row are one run.
        let count = (stride == [1, 1, 1] ? outputLayout.frames : 1) * outputLayout.width
        let first = ((h * stride[1]) * inputLayout.frames + t * stride[0]) * inputLayout.width
        let row = image * outputLayout.imageBytes + h * outputLayout.rowBytes
        let column = t * outputLayout.width * outputLayout.pixelBytes
        kernel.run(
          packed: memory.read(packed),
          input: memory.read(input) + image * inputLayout.imageBytes + first * inputLayout.pixelBytes,
          inputStride: stride[2] * inputLayout.paddedChannels, count: count,
          scale: scale.map { memory.floats($0) + image * inputLayout.paddedChannels },
          residual: residual.map { memory.read($0) + row + column },
          output: target + (h - rows.lowerBound) * outputLayout.rowBytes + column, scratch: memory.own)
      }
    }
  }
}
