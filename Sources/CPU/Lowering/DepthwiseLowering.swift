import IR

/// A depthwise convolution, by rows of the output, or by channels where there are too few rows to share.
struct DepthwiseStep: RowConsumer {
  let kernel: DepthwiseKernel
  let packed: Location
  let window: Window
  let input: Location
  let inputLayout: ChannelsLast
  let output: Location
  let outputLayout: ChannelsLast
  /// Whether each worker adds up its outputs in its own memory, for ``MeanStep``.
  let sums: Bool

  var kernelName: String { kernel.name }
  var sumsBytes: Int { sums ? outputLayout.images * kernel.pixelCount * MemoryLayout<Float>.size : 0 }
  var outputRows: RowShape { outputLayout.rows }
  var strideUnit: Int { inputLayout.elementSize }

  func run(_ memory: WorkerMemory) {
    let work = depthwiseShare(of: outputLayout.height, vectors: kernel.vectorCount, memory)
    clearSums(memory)
    for n in 0..<outputLayout.images {
      kernel.run(
        packed: memory.read(packed), input: memory.read(input) + n * inputLayout.imageBytes,
        output: memory.write(output) + n * outputLayout.imageBytes, pool: pool(n, memory), rows: work.rows,
        vectors: work.vectors)
    }
  }

  func consume(row: Int, of image: Int, from ring: UnsafeRawPointer, rows: ImageRows, _ memory: WorkerMemory) {
    kernel.run(
      packed: memory.read(packed), input: ring, inputRows: rows,
      output: memory.write(output) + image * outputLayout.imageBytes, pool: pool(image, memory), rows: row..<row + 1)
  }

  private func pool(_ image: Int, _ memory: WorkerMemory) -> UnsafeMutablePointer<Float>? {
    sums ? memory.ownFloats + image * kernel.pixelCount : nil
  }
}

extension DepthwiseStep: PixelProducer {
  var pixelCount: Int? { sums ? nil : outputLayout.images * outputLayout.pixels }

  func run(_ memory: WorkerMemory, done: (Range<Int>) -> Void) {
    outputLayout.forEachPiece(memory) { n, rows in
      kernel.run(
        packed: memory.read(packed), input: memory.read(input) + n * inputLayout.imageBytes,
        output: memory.write(output) + n * outputLayout.imageBytes, pool: nil, rows: rows)
      done(outputLayout.pixels(of: rows, in: n))
    }
  }
}

extension ChannelsLast {
  /// The rows of an image, as pixels of all images.
  package func pixels(of rows: Range<Int>, in image: Int) -> Range<Int> {
    let first = image * pixels
    return first + rows.lowerBound * rowPixels..<first + rows.upperBound * rowPixels
  }

  /// Calls `body` with a few rows of an image after the other, until a worker's share of all images is through.
  package func forEachPiece(_ memory: WorkerMemory, _ body: (Int, Range<Int>) -> Void) {
    let share = share(of: height, worker: memory.worker, of: memory.workers)
    let count = max(1, 160 / max(rowPixels, 1))
    for n in 0..<images {
      for first in stride(from: share.lowerBound, to: share.upperBound, by: count) {
        body(n, first..<min(first + count, share.upperBound))
      }
    }
  }
}

/// The mean of each channel from the sums that the workers have in their own memory.
struct MeanStep: Step {
  let kernel: MeanKernel
  let output: Location
  let images: Int
  let positions: Int

  var kernelName: String { kernel.name }
  var isSerial: Bool { true }

  func run(_ memory: WorkerMemory) {
    for n in 0..<images {
      kernel.combine(
        parts: memory.own(of: 0).assumingMemoryBound(to: Float.self) + n * kernel.partCount,
        stride: memory.ownStride / MemoryLayout<Float>.size,
        count: memory.workers, positions: positions, into: memory.writeFloats(output) + n * kernel.partCount)
    }
  }
}

/// The sums of each channel over a worker's share of the pixels, in its own memory.
struct SumStep: Step {
  let kernel: MeanKernel
  let input: Location
  let layout: ChannelsLast

  var kernelName: String { kernel.name }
  var scratchBytes: Int { layout.images * kernel.partCount * MemoryLayout<Float>.size }

  func run(_ memory: WorkerMemory) {
    memory.own.initializeMemory(as: UInt8.self, repeating: 0, count: scratchBytes)
    let run = share(of: layout.pixels, worker: memory.worker, of: memory.workers)
    for n in 0..<layout.images {
      kernel.add(
        pixels: memory.read(input) + (n * layout.pixels + run.lowerBound) * layout.pixelBytes, count: run.count,
        to: memory.ownFloats + n * kernel.partCount)
    }
  }
}

/// The gate of squeeze-excite.
struct SqueezeExciteStep: Step {
  let kernel: SqueezeExciteKernel
  let packed: Location
  let mean: Location
  let scale: Location
  let layout: ChannelsLast

  var kernelName: String { kernel.name }
  var scratchBytes: Int { kernel.scratchBytes }
  var isSerial: Bool { true }

  func run(_ memory: WorkerMemory) {
    for n in 0..<layout.images {
      kernel.run(
        packed: memory.read(packed), mean: memory.floats(mean) + n * layout.paddedChannels,
        scale: memory.writeFloats(scale) + n * layout.paddedChannels, scratch: memory.own)
    }
  }
}

extension PlanBuilder {
  func lower(_ operation: Operations.Depthwise, _ node: Graph.Node) -> Bool {
    lowerDepthwise(
      node.inputs[0], weight: node.inputs[1], bias: node.inputs[2], window: operation.window,
      activation: operation.activation, result: node.results[0], mean: operation.emitsMean ? node.results[1] : nil)
  }

  /// Batch norm without a convolution to go into: a depthwise convolution of one tap.
  func lower(_ operation: Operations.BatchNorm, _ node: Graph.Node) -> Bool {
    let statistics = node.inputs[1...].compactMap { parameter($0)?.elements(as: Float.self) }
    guard statistics.count == 4, let layout = channelsLast(node.inputs[0]) else { return false }
    let factors = zip(statistics[0], statistics[3]).map { $0 / ($1 + operation.epsilon).squareRoot() }
    let shifts = statistics[1].indices.map { statistics[1][$0] - statistics[2][$0] * factors[$0] }
    addDepthwise(
      node.inputs[0], layout, window: Window(kernel: [1, 1, 1]), activation: nil, result: node.results[0], mean: nil
    ) { kernel in
      constant(byteCount: kernel.packedBytes) { target in
        factors.withUnsafeBufferPointer { factors in
          guard let weight = factors.baseAddress else { return }
          shifts.withUnsafeBufferPointer { kernel.pack(weight: weight, bias: $0.baseAddress, into: target) }
        }
      }
    }
    return true
  }

  /// Adds a depthwise convolution with weights `[C, window…]`.
  func lowerDepthwise(
    _ x: Graph.ValueID, weight: Graph.ValueID, bias: Graph.ValueID?, window: Window, activation: ActivationFunction?,
    result: Graph.ValueID, mean: Graph.ValueID? = nil
  ) -> Bool {
    guard let layout = channelsLast(x) else { return false }
    addDepthwise(x, layout, window: window, activation: activation, result: result, mean: mean) { kernel in
      packed(byteCount: kernel.packedBytes, weight: weight, bias: bias) { kernel.pack(weight: $0, bias: $1, into: $2) }
    }
    return true
  }

  private func addDepthwise(
    _ x: Graph.ValueID, _ inputLayout: ChannelsLast, window: Window, activation: ActivationFunction?,
    result: Graph.ValueID, mean: Graph.ValueID?, _ packed: (DepthwiseKernel) -> Location
  ) {
    guard let outputLayout = channelsLast(result) else { return }
    let kernel = DepthwiseKernel(
      kernels: kernels, channels: inputLayout.channels, window: window,
      inputSize: [inputLayout.frames, inputLayout.height, inputLayout.width], activation: activation)
    let packed = packed(kernel)
    let input = pixels(x, inputLayout)
    let output = newPixels(result, outputLayout)
    appendFusing(
      DepthwiseStep(
        kernel: kernel, packed: packed, window: window.threeDimensional, input: input, inputLayout: inputLayout,
        output: output, outputLayout: outputLayout, sums: mean != nil), input: x)
    if let mean { finishMean(mean, of: outputLayout) }
  }

  /// Adds the step that makes a mean of the sums that the step before it left in the workers' own memory.
  private func finishMean(_ mean: Graph.ValueID, of layout: ChannelsLast) {
    guard let meanLayout = channelsLast(mean) else { return }
    let output = newPixels(mean, meanLayout.floats)
    append(
      MeanStep(
        kernel: MeanKernel(kernels: kernels, channels: layout.channels), output: output, images: layout.images,
        positions: layout.pixels), reads: [], writes: [output])
  }

  /// Adds the mean of each channel over all positions.
  func lowerGlobalMean(_ x: Graph.ValueID, result: Graph.ValueID) -> Bool {
    guard let layout = channelsLast(x), channelsLast(result) != nil else { return false }
    let input = pixels(x, layout)
    append(
      SumStep(kernel: MeanKernel(kernels: kernels, channels: layout.channels), input: input, layout: layout),
      reads: [input],
      writes: [])
    finishMean(result, of: layout)
    return true
  }

  func lower(_ operation: Operations.SqueezeExcite, _ node: Graph.Node) -> Bool {
    let tensors = node.inputs[1...].compactMap { parameter($0)?.elements(as: Float.self) }
    guard tensors.count == 4, let layout = channelsLast(node.inputs[0]) else { return false }
    let kernel = SqueezeExciteKernel(
      kernels: kernels, channels: layout.channels, hidden: tensors[1].count, activation: operation.activation)
    let packed = constant(byteCount: kernel.packedBytes) { target in
      kernel.pack(
        reduceWeight: tensors[0], reduceBias: tensors[1], expandWeight: tensors[2], expandBias: tensors[3], into: target
      )
    }
    let mean = pixels(node.inputs[0], layout.floats)
    let scale = newPixels(node.results[0], layout.floats)
    append(
      SqueezeExciteStep(kernel: kernel, packed: packed, mean: mean, scale: scale, layout: layout), reads: [mean],
      writes: [scale])
    return true
  }
}
