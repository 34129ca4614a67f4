import IR

/// A pointwise convolution of bytes, or of words by way of its prologue.
struct QuantizedPointwiseStep: RowProducer {
  let kernel: QuantizedPointwiseKernel
  let packed: Location
  let input: Location
  let inputLayout: QuantizedLayout
  let output: Location
  let outputLayout: QuantizedLayout
  let stride: [Int]
  /// A factor for each input channel, and how many numbers an image has of them.
  let gate: (location: Location, stride: Int)?
  let residual: Location?

  var kernelName: String { kernel.name }
  var scratchBytes: Int { kernel.scratchBytes }
  var outputRows: RowShape { outputLayout.rows }

  private var isDense: Bool { stride == [1, 1, 1] }

  func run(_ memory: WorkerMemory) {
    if isDense, !outputLayout.isLanes { return runDense(memory) }
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
      if outputLayout.isLanes {
        kernel.runToLanes(
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

/// A linear layer on rows of bytes; workers share its outputs.
struct QuantizedLinearStep: Step {
  let kernel: QuantizedLinearKernel
  let packed: Location
  let input: Location
  let output: Location

  var kernelName: String { kernel.name }
  var scratchBytes: Int { kernel.scratchBytes }

  func run(_ memory: WorkerMemory) {
    kernel.run(
      packed: memory.read(packed), input: memory.bytes(input), output: memory.write(output), scratch: memory.own,
      panels: share(of: kernel.panelCount, worker: memory.worker, of: memory.workers))
  }
}

extension PlanBuilder {
  func lowerIntegers(_ operation: Operations.Pointwise, _ index: Int) {
    let node = graph.nodes[index]
    addQuantizedPointwise(
      index, stride: operation.stride, activation: operation.activation, prologue: operation.prologueActivation,
      gate: operation.hasScale ? node.inputs[3] : nil, residual: operation.hasResidual ? node.inputs.last : nil)
  }

  func lowerIntegers(_ operation: Operations.Linear, _ index: Int) {
    let node = graph.nodes[index]
    addQuantizedLinear(
      index, QuantizedLayout(rows: shape(node.inputs[0]), .pixels),
      QuantizedLayout(rows: shape(node.results[0]), .pixels), activation: nil)
  }

  func addQuantizedPointwise(
    _ index: Int, stride: [Int], activation: ActivationFunction?, prologue: ActivationFunction? = nil,
    gate: Graph.ValueID? = nil, residual: Graph.ValueID? = nil
  ) {
    let node = graph.nodes[index]
    let (x, y) = (node.inputs[0], node.results[0])
    let tile = quantization?.table.prologues[graph.resultName(index)]
    let inputLayout = QuantizedLayout(shape(x), tile == nil ? .pixels : .words)
    let stride = stride.count == 2 ? [1] + stride : stride
    let plain = tile == nil && residual == nil
    var outputLayout = QuantizedLayout(shape(y), .pixels)
    if plain, inputLayout.pixels == 1 {
      return addQuantizedLinear(index, inputLayout, outputLayout, activation: activation)
    }
    let form = byteForm(of: y)
    if form == nil {
      outputLayout = outputLayout.with(.floats)
    } else if plain, stride[0] == 1, stride[2] == 1, wantsLanes(y) {
      outputLayout = outputLayout.with(lanes)
    }
    guard let input = tile ?? byteForm(of: x) else { preconditionFailure("a pointwise convolution takes integers") }
    let kernel = QuantizedPointwiseKernel(
      isa: isa, inputs: inputLayout.channels, outputs: outputLayout.channels, input: input,
      result: quantizedResult(form, activation), residual: residual.flatMap { byteForm(of: $0) },
      prologue: tile == nil ? nil : .init(scale: wordScale(of: x) ?? 1, activation: prologue))
    let packed = packedBytes(index, byteCount: kernel.packedBytes) { kernel.pack($0, into: $1) }
    let source = tile == nil ? bytes(x, inputLayout) : words(x)
    let gateLayout = gate.flatMap { channelsLast($0)?.floats }
    let gateLocation = zip(gate, gateLayout).map { (location: pixels($0, $1), stride: $1.paddedChannels) }
    let residualLocation = residual.map { bytes($0, outputLayout) }
    let target = form == nil ? newFloats(y, outputLayout) : newPlace(y, .quantized(outputLayout))
    append(
      QuantizedPointwiseStep(
        kernel: kernel, packed: packed, input: source, inputLayout: inputLayout, output: target,
        outputLayout: outputLayout, stride: stride, gate: gateLocation, residual: residualLocation),
      reads: [source] + [gateLocation?.location, residualLocation].compactMap { $0 }, writes: [target])
  }

  /// Adds a linear map of rows, or of images of one pixel each.
  private func addQuantizedLinear(
    _ index: Int, _ inputLayout: QuantizedLayout, _ outputLayout: QuantizedLayout, activation: ActivationFunction?
  ) {
    let node = graph.nodes[index]
    let (x, y) = (node.inputs[0], node.results[0])
    let form = byteForm(of: y)
    guard let input = byteForm(of: x) else { preconditionFailure("a linear map takes bytes") }
    let kernel = QuantizedLinearKernel(
      isa: isa, rows: inputLayout.images, inputs: inputLayout.channels, outputs: outputLayout.channels, input: input,
      result: quantizedResult(form, activation))
    let packed = packedBytes(index, byteCount: kernel.packedBytes) { kernel.pack($0, into: $1) }
    let source = bytes(x, inputLayout)
    let target = form == nil ? newFloats(y, outputLayout) : newPlace(y, .quantized(outputLayout))
    append(
      QuantizedLinearStep(kernel: kernel, packed: packed, input: source, output: target), reads: [source],
      writes: [target])
  }

  /// Where a depthwise convolution's words are.
  private func words(_ id: Graph.ValueID) -> Location {
    guard let location = held(id, .quantized(QuantizedLayout(shape(id), .words))) else {
      preconditionFailure("\(graph[id].name) is read as words before it is computed")
    }
    return location
  }

  /// What a layer makes of its sums; the points let only functions pass that have an exact form.
  func quantizedResult(_ form: Quantization?, _ activation: ActivationFunction?) -> QuantizedResult {
    guard let result = QuantizedResult(form, activation: activation) else {
      preconditionFailure("\(activation?.rawValue ?? "") has no exact form")
    }
    return result
  }
}

/// Both of two optional values, or nil.
private func zip<First, Second>(_ first: First?, _ second: Second?) -> (First, Second)? {
  guard let first, let second else { return nil }
  return (first, second)
}
