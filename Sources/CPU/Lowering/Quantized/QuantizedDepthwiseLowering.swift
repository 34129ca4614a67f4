import IR

/// A depthwise convolution of bytes, by rows of the output, or by channels where there are too few rows to share.
struct QuantizedDepthwiseStep: RowConsumer {
  let kernel: QuantizedDepthwiseKernel
  let packed: Location
  let window: Window
  let input: Location
  let inputLayout: QuantizedLayout
  let output: Location
  let outputLayout: QuantizedLayout
  /// Whether each worker adds up its outputs in its own memory, for ``QuantizedMeanStep``.
  let sums: Bool

  var kernelName: String { kernel.name }
  var sumsBytes: Int { sums ? outputLayout.images * kernel.pixel * MemoryLayout<Int64>.size : 0 }
  var outputRows: RowShape { outputLayout.rows }
  var strideUnit: Int { 1 }

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

  private func pool(_ image: Int, _ memory: WorkerMemory) -> UnsafeMutablePointer<Int64>? {
    sums ? memory.own.assumingMemoryBound(to: Int64.self) + image * kernel.pixel : nil
  }
}

/// The mean of each channel from the sums that the workers have in their own memory.
struct QuantizedMeanStep: Step {
  let kernel: QuantizedMeanKernel
  /// A pixel for each image, of floats, or of bytes in this form.
  let output: Location
  let outputBytes: Int
  let form: Quantization?
  let images: Int
  let positions: Int
  /// The real number that a sum of 1 stands for, and the number that stands for 0 in each that was added.
  let scale: Float
  let zero: UInt8

  var kernelName: String { kernel.name }
  var isSerial: Bool { true }
  var scratchBytes: Int { images * kernel.partCount * MemoryLayout<Int64>.size + meanBytes }

  private var meanBytes: Int { kernel.partCount * MemoryLayout<Float>.size }

  func run(_ memory: WorkerMemory) {
    let parts = memory.own(of: 0).assumingMemoryBound(to: Int64.self)
    let mean = (memory.own + (scratchBytes - meanBytes)).assumingMemoryBound(to: Float.self)
    for n in 0..<images {
      let target = memory.write(output) + n * outputBytes
      kernel.combine(
        parts: parts + n * kernel.partCount, stride: memory.ownStride / MemoryLayout<Int64>.size,
        count: memory.workers, positions: positions, scale: scale, zero: zero,
        into: form == nil ? target.assumingMemoryBound(to: Float.self) : mean)
      if let form { kernel.quantize(mean, form, into: target.assumingMemoryBound(to: UInt8.self)) }
    }
  }
}

/// The sums of each channel over a worker's share of the pixels, in its own memory.
struct QuantizedSumStep: Step {
  let kernel: QuantizedMeanKernel
  let input: Location
  let layout: QuantizedLayout

  var kernelName: String { kernel.name }
  var scratchBytes: Int { layout.images * kernel.partCount * MemoryLayout<Int64>.size }

  func run(_ memory: WorkerMemory) {
    memory.own.initializeMemory(as: UInt8.self, repeating: 0, count: scratchBytes)
    let run = share(of: layout.pixels, worker: memory.worker, of: memory.workers)
    for n in 0..<layout.images {
      kernel.add(
        pixels: memory.bytes(input) + (n * layout.pixels + run.lowerBound) * layout.pixelBytes, count: run.count,
        to: memory.own.assumingMemoryBound(to: Int64.self) + n * kernel.partCount)
    }
  }
}

extension PlanBuilder {
  func lowerIntegers(_ operation: Operations.Depthwise, _ index: Int) {
    addQuantizedDepthwise(
      index, operation.window, activation: operation.activation,
      mean: operation.emitsMean ? graph.nodes[index].results[1] : nil)
  }

  func addQuantizedDepthwise(
    _ index: Int, _ window: Window, activation: ActivationFunction?, mean: Graph.ValueID?
  ) {
    let node = graph.nodes[index]
    let (x, y) = (node.inputs[0], node.results[0])
    let inputLayout = QuantizedLayout(
      shape(x), QuantizedDepthwiseKernel.takesLanes(window) ? lanes : .pixels)
    guard let input = byteForm(of: x) else { preconditionFailure("a depthwise convolution takes bytes") }
    let scale = wordScale(of: y)
    let kernel = QuantizedDepthwiseKernel(
      isa: isa, channels: inputLayout.channels, window: window, inputSize: inputLayout.size, input: input,
      output: scale.map { .int16(scale: $0) } ?? .bytes(quantizedResult(byteForm(of: y), activation)))
    let packed = packedBytes(index, byteCount: kernel.packedBytes) { kernel.pack($0, into: $1) }
    let outputLayout = QuantizedLayout(shape(y), scale == nil ? .pixels : .words)
    let source = bytes(x, inputLayout)
    let target = newPlace(y, .quantized(outputLayout))
    appendFusing(
      QuantizedDepthwiseStep(
        kernel: kernel, packed: packed, window: window.threeDimensional, input: source, inputLayout: inputLayout,
        output: target, outputLayout: outputLayout, sums: mean != nil), input: x)
    if let mean { finishQuantizedMean(mean, of: outputLayout, scale: scale ?? 1, zero: 0) }
  }

  func lowerIntegers(_: Operations.Mean, _ index: Int) {
    let node = graph.nodes[index]
    let layout = QuantizedLayout(shape(node.inputs[0]), .pixels)
    guard let form = byteForm(of: node.inputs[0]) else { preconditionFailure("a mean takes bytes") }
    let input = bytes(node.inputs[0], layout)
    append(
      QuantizedSumStep(
        kernel: QuantizedMeanKernel(isa: isa, channels: layout.channels), input: input, layout: layout),
      reads: [input], writes: [])
    finishQuantizedMean(node.results[0], of: layout, scale: form.scale, zero: form.storedZero)
  }

  /// Adds the step that makes a mean of the sums that the step before it left in the workers' own memory.
  private func finishQuantizedMean(_ mean: Graph.ValueID, of layout: QuantizedLayout, scale: Float, zero: UInt8) {
    let kernel = QuantizedMeanKernel(isa: isa, channels: layout.channels)
    let form = byteForm(of: mean)
    // Its axes may be kept or not; channels are channels.
    let meanLayout = QuantizedLayout([layout.images, layout.channels], form == nil ? .floats : .pixels)
    let output: Location
    let outputBytes: Int
    if form == nil, let floats = channelsLast(mean)?.floats {
      (output, outputBytes) = (newPixels(mean, floats), floats.imageBytes)
    } else {
      let place = form == nil ? newFloats(mean, meanLayout) : newPlace(mean, .quantized(meanLayout))
      (output, outputBytes) = (place, meanLayout.imageBytes)
    }
    append(
      QuantizedMeanStep(
        kernel: kernel, output: output, outputBytes: outputBytes, form: form, images: layout.images,
        positions: layout.pixels, scale: scale, zero: zero), reads: [], writes: [output])
  }
}
