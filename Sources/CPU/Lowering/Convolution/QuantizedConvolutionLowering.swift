import IR

/// A dense or grouped convolution of bytes, by rows of the output, or by panels of output channels where there are too few
/// rows to share.
struct QuantizedConvolutionStep: RowProducer {
  let kernel: QuantizedConvolutionKernel
  let packed: Location
  let input: Location
  /// The size of a clip of the input in bytes.
  let inputBytes: Int
  let residual: Location?
  let output: Location
  let outputRows: RowShape

  var kernelName: String { kernel.name }
  var scratchBytes: Int { kernel.scratchBytes }

  func tileCount(workers: Int) -> Int? { isByPanels(workers: workers) ? kernel.panelCount : outputRows.height }

  private func isByPanels(workers: Int) -> Bool {
    kernel.panelCount >= workers
      && unevenness(outputRows.height, workers) > unevenness(kernel.panelCount, workers) + 0.1
  }

  func run(_ memory: WorkerMemory) {
    guard isByPanels(workers: memory.workers) else { return runByRows(memory) }
    let panels = memory.share(of: kernel.panelCount)
    for n in 0..<outputRows.images {
      let target = memory.write(output) + n * outputRows.imageBytes
      produce(rows: 0..<outputRows.height, of: n, at: target, memory, panels: panels)
    }
  }

  func produce(rows: Range<Int>, of image: Int, at target: UnsafeMutableRawPointer, _ memory: WorkerMemory) {
    produce(rows: rows, of: image, at: target, memory, panels: nil)
  }

  private func produce(
    rows: Range<Int>, of image: Int, at target: UnsafeMutableRawPointer, _ memory: WorkerMemory, panels: Range<Int>?
  ) {
    let first = image * outputRows.imageBytes + rows.lowerBound * outputRows.rowBytes
    kernel.run(
      packed: memory.read(packed), input: memory.read(input) + image * inputBytes,
      residual: residual.map { memory.bytes($0) + first }, output: target, rows: rows, panels: panels,
      scratch: memory.own)
  }
}

extension Operations.FusedConvolution {
  /// Adds the steps of a node in integers.
  func lowerBytes(_ node: Graph.Node, _ builder: PlanBuilder) -> Bool {
    let (x, y) = (node.inputs[0], node.results[0])
    let residual = hasResidual ? node.inputs.last : nil
    if groups == 1, window.isPointwise {
      return builder.lowerPointwise(node, stride: window.stride, activation: activation, residual: residual)
    }
    if isDepthwise(node, builder), residual == nil {
      return builder.lowerDepthwise(node, window, activation: activation, mean: nil)
    }
    guard let input = builder.byteForm(of: x), let output = builder.byteForm(of: y) else { return false }
    let inputLayout = QuantizedLayout(builder.shape(x), .pixels)
    var clip: Location?
    if groups == 1, inputLayout.channels <= 4, case (let location, .plain)? = builder.reals[x] { clip = location }
    let toInterleaved = residual == nil && builder.wantsInterleaved(y)
    let outputLayout = QuantizedLayout(builder.shape(y), toInterleaved ? builder.interleaved : .pixels)
    guard
      let kernel = QuantizedConvolutionKernel(
        isa: builder.isa, inputs: inputLayout.channels, outputs: outputLayout.channels, groups: groups,
        window: window, inputSize: inputLayout.size, input: input, output: output, activation: activation,
        residual: residual.flatMap { builder.byteForm(of: $0) }, readsPlanes: clip != nil,
        toInterleaved: toInterleaved)
    else { return false }
    let packed = builder.packedBytes(byteCount: kernel.packedBytes) { kernel.pack($0, into: $1) }
    let source = clip ?? builder.bytes(x, inputLayout)
    let addend = residual.map { builder.bytes($0, outputLayout) }
    let target = builder.newPlace(y, .quantized(outputLayout))
    let planeBytes = inputLayout.channels * inputLayout.pixels * MemoryLayout<Float>.size
    builder.append(
      QuantizedConvolutionStep(
        kernel: kernel, packed: packed, input: source, inputBytes: clip == nil ? inputLayout.imageBytes : planeBytes,
        residual: addend, output: target, outputRows: outputLayout.rows),
      reads: [source] + [addend].compactMap { $0 }, writes: [target])
    return true
  }

  /// Returns whether each channel has its own window.
  private func isDepthwise(_ node: Graph.Node, _ builder: PlanBuilder) -> Bool {
    groups == builder.shape(node.inputs[0])[1] && groups == builder.shape(node.results[0])[1]
  }
}

extension Operations.FusedConvolution: InterleavedConsumer {
  func takesInterleaved(_ node: Graph.Node, _ builder: PlanBuilder) -> Bool {
    isDepthwise(node, builder) && !hasResidual && builder.takesInterleaved(node, window)
  }
}
