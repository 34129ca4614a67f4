import IR

/// A dense or grouped convolution of bytes, by rows of the output.
struct QuantizedConvolutionStep: RowProducer {
  let kernel: QuantizedConvolutionKernel
  let packed: Location
  let input: Location
  let inputLayout: QuantizedLayout
  let output: Location
  let outputLayout: QuantizedLayout

  var kernelName: String { kernel.name }
  var scratchBytes: Int { kernel.scratchBytes }
  var outputRows: RowShape { outputLayout.rows }

  func produce(rows: Range<Int>, of image: Int, at target: UnsafeMutableRawPointer, _ memory: WorkerMemory) {
    kernel.run(
      packed: memory.read(packed), input: memory.bytes(input) + image * inputLayout.imageBytes,
      output: target.assumingMemoryBound(to: UInt8.self), rows: rows, scratch: memory.own)
  }
}

/// A network's first convolution: quantises the rows of the clip's planes that it needs by itself.
struct QuantizedStemStep: RowProducer {
  let kernel: QuantizedStemKernel
  let packed: Location
  let clip: Location
  let clipStride: Int
  let output: Location
  let outputLayout: QuantizedLayout

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
  /// Adds a convolution by the kernel that fits it best.
  func lowerIntegers(_ operation: Operations.FusedConvolution, _ index: Int) {
    let node = graph.nodes[index]
    let (x, y) = (node.inputs[0], node.results[0])
    if operation.groups == 1, operation.window.isPointwise {
      return addQuantizedPointwise(index, stride: operation.window.stride, activation: operation.activation)
    }
    if isDepthwise(operation, node) {
      return addQuantizedDepthwise(index, operation.window, activation: operation.activation, mean: nil)
    }
    guard let input = byteForm(of: x), let output = byteForm(of: y) else {
      preconditionFailure("a convolution takes and gives bytes")
    }
    let inputLayout = QuantizedLayout(shape(x), .pixels)
    let outputLayout = QuantizedLayout(shape(y), wantsLanes(y) ? lanes : .pixels)
    if operation.groups == 1, case (let clip, .plain)? = reals[x],
      let kernel = QuantizedStemKernel(
        isa: isa, inputs: inputLayout.channels, outputs: outputLayout.channels, window: operation.window,
        inputSize: inputLayout.size, input: input, output: output, activation: operation.activation,
        toLanes: outputLayout.isLanes)
    {
      let packed = packedBytes(index, byteCount: kernel.packedBytes) { kernel.pack($0, into: $1) }
      let target = newPlace(y, .quantized(outputLayout))
      append(
        QuantizedStemStep(
          kernel: kernel, packed: packed, clip: clip, clipStride: inputLayout.channels * inputLayout.pixels,
          output: target, outputLayout: outputLayout), reads: [clip], writes: [target])
      return
    }
    guard
      let kernel = QuantizedConvolutionKernel(
        isa: isa, inputs: inputLayout.channels, outputs: outputLayout.channels, groups: operation.groups,
        window: operation.window, inputSize: inputLayout.size, input: input, output: output,
        activation: operation.activation)
    else { preconditionFailure("the points let only functions pass that have an exact form") }
    let packed = packedBytes(index, byteCount: kernel.packedBytes) { kernel.pack($0, into: $1) }
    let source = bytes(x, inputLayout)
    let target = newPlace(y, .quantized(outputLayout.with(.pixels)))
    append(
      QuantizedConvolutionStep(
        kernel: kernel, packed: packed, input: source, inputLayout: inputLayout, output: target,
        outputLayout: outputLayout.with(.pixels)), reads: [source], writes: [target])
  }
}
