import IR

/// A dense or grouped convolution, by rows of the output.
struct ConvolutionStep: RowProducer {
  let kernel: ConvolutionKernel
  let packed: Location
  let input: Location
  let inputLayout: ChannelsLast
  let output: Location
  let outputLayout: ChannelsLast
  let residual: Location?

  var kernelName: String { kernel.name }
  var scratchBytes: Int { kernel.scratchBytes }
  var outputRows: RowShape { outputLayout.rows }

  func produce(rows: Range<Int>, of image: Int, at target: UnsafeMutableRawPointer, _ memory: WorkerMemory) {
    let first = image * outputLayout.imageBytes + rows.lowerBound * outputLayout.rowBytes
    kernel.run(
      packed: memory.read(packed), input: memory.read(input) + image * inputLayout.imageBytes,
      residual: residual.map { memory.read($0) + first }, output: target, rows: rows, scratch: memory.own)
  }
}

/// A network's first convolution, straight from the clip's planes.
struct StemStep: RowProducer {
  let kernel: StemKernel
  let packed: Location
  let clip: Location
  let clipStride: Int
  let output: Location
  let outputLayout: ChannelsLast

  var kernelName: String { kernel.name }
  var scratchBytes: Int { kernel.scratchBytes }
  var outputRows: RowShape { outputLayout.rows }

  func produce(rows: Range<Int>, of image: Int, at target: UnsafeMutableRawPointer, _ memory: WorkerMemory) {
    kernel.run(
      packed: memory.read(packed), clip: memory.floats(clip) + image * clipStride, output: target, rows: rows,
      scratch: memory.own)
  }
}

extension PlanBuilder {
  func lower(_ operation: Operations.FusedConvolution, _ node: Graph.Node) -> Bool {
    lowerConvolution(
      node.inputs[0], weight: node.inputs[1], bias: node.inputs[2], window: operation.window,
      groups: operation.groups, residual: operation.hasResidual ? node.inputs.last : nil,
      activation: operation.activation, result: node.results[0])
  }

  func lower(_ operation: Operations.Convolution, _ node: Graph.Node) -> Bool {
    lowerConvolution(
      node.inputs[0], weight: node.inputs[1], bias: node.inputs.count == 3 ? node.inputs[2] : nil,
      window: operation.window, groups: operation.groups, residual: nil, activation: nil, result: node.results[0])
  }

  /// Adds a convolution by the kernel that fits it best.
  private func lowerConvolution(
    _ x: Graph.ValueID, weight: Graph.ValueID, bias: Graph.ValueID?, window: Window, groups: Int,
    residual: Graph.ValueID?, activation: ActivationFunction?, result: Graph.ValueID
  ) -> Bool {
    if groups == 1, window.isPointwise {
      return lowerPointwise(
        x, weight: weight, bias: bias, stride: window.stride, residual: residual, activation: activation, result: result
      )
    }
    guard let input = channelsLast(x), let output = channelsLast(result) else { return false }
    if groups == input.channels, groups == output.channels, residual == nil {
      return lowerDepthwise(x, weight: weight, bias: bias, window: window, activation: activation, result: result)
    }
    if groups == 1, residual == nil, input.channels <= 4, isPlain(x),
      let kernel = StemKernel(
        kernels: kernels, inputs: input.channels, outputs: output.channels, window: window,
        inputSize: [input.frames, input.height, input.width], activation: activation)
    {
      let packed = packed(byteCount: kernel.packedBytes, weight: weight, bias: bias) {
        kernel.pack(weight: $0, bias: $1, into: $2)
      }
      let clip = plain(x)
      let place = newPixels(result, output)
      append(
        StemStep(
          kernel: kernel, packed: packed, clip: clip, clipStride: input.channels * input.pixels, output: place,
          outputLayout: output), reads: [packed, clip], writes: [place])
      return true
    }
    let kernel = ConvolutionKernel(
      kernels: kernels, inputs: input.channels, outputs: output.channels, groups: groups, window: window,
      inputSize: [input.frames, input.height, input.width], activation: activation)
    let packed = packed(byteCount: kernel.packedBytes, weight: weight, bias: bias) {
      kernel.pack(weight: $0, bias: $1, into: $2)
    }
    let source = pixels(x, input)
    let residualLocation = residual.map { pixels($0, output) }
    let place = newPixels(result, output)
    append(
      ConvolutionStep(
        kernel: kernel, packed: packed, input: source, inputLayout: input, output: place, outputLayout: output,
        residual: residualLocation), reads: [packed, source] + [residualLocation].compactMap { $0 }, writes: [place])
    return true
  }
}
