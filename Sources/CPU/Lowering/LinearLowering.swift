import IR

/// A linear layer on a few rows; workers share its outputs.
struct LinearStep: Step {
  let kernel: LinearKernel
  let packed: Location
  let input: Location
  let inputStride: Int
  let output: Location
  let outputStride: Int

  var kernelName: String { kernel.name }
  func tileCount(workers: Int) -> Int? { kernel.panelCount }

  func run(_ memory: WorkerMemory) {
    kernel.run(
      packed: memory.read(packed), input: memory.floats(input), inputStride: inputStride,
      output: memory.writeFloats(output), outputStride: outputStride,
      panels: memory.share(of: kernel.panelCount))
  }
}

/// A linear layer on rows of bytes; workers share its outputs.
struct QuantizedLinearStep: Step {
  let kernel: QuantizedLinearKernel
  let packed: Location
  let input: Location
  let output: Location

  var kernelName: String { kernel.name }
  func tileCount(workers: Int) -> Int? { kernel.panelCount }
  var scratchBytes: Int { kernel.scratchBytes }

  func run(_ memory: WorkerMemory) {
    kernel.run(
      packed: memory.read(packed), input: memory.bytes(input), output: memory.write(output), scratch: memory.own,
      panels: memory.share(of: kernel.panelCount))
  }
}

extension Operations.Linear: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    if storage == .qu8 {
      return builder.lowerLinear(
        node, QuantizedLayout(rows: builder.shape(node.inputs[0]), .pixels),
        QuantizedLayout(rows: builder.shape(node.results[0]), .pixels), activation: nil)
    }
    // Many rows are a matrix product like another.
    let shape = builder.shape(node.inputs[0])
    if shape.count != 2 || shape[0] > 16 && builder.arePlain([node.inputs[0]]) { return builder.lowerPlainLinear(node) }
    return builder.lowerLinear(
      node.inputs[0], weight: node.inputs[1], bias: node.inputs.count == 3 ? node.inputs[2] : nil, activation: nil,
      result: node.results[0])
  }
}

extension PlanBuilder {
  /// Adds a linear layer on images of one pixel, with weights `[K, C]` or `[K, C, 1…]`; returns false if the weights
  /// are computed.
  func lowerLinear(
    _ x: Graph.ValueID, weight: Graph.ValueID, bias: Graph.ValueID?, activation: ActivationFunction?,
    result: Graph.ValueID
  ) -> Bool {
    guard let inputLayout = channelsLast(x)?.floats, let outputLayout = channelsLast(result)?.floats else {
      return false
    }
    let kernel = LinearKernel(
      kernels: kernels, rows: inputLayout.images, inputs: inputLayout.channels, outputs: outputLayout.channels,
      activation: activation)
    let packed = packed(byteCount: kernel.packedBytes, weight: weight, bias: bias) {
      kernel.pack(weight: $0, bias: $1, into: $2)
    }
    let input = pixels(x, inputLayout)
    let output = newPixels(result, outputLayout)
    append(
      LinearStep(
        kernel: kernel, packed: packed, input: input, inputStride: inputLayout.paddedChannels, output: output,
        outputStride: outputLayout.paddedChannels), reads: [packed, input], writes: [output])
    return true
  }

  /// Adds a linear map of rows of bytes, or of images of one pixel each.
  func lowerLinear(
    _ node: Graph.Node, _ inputLayout: QuantizedLayout, _ outputLayout: QuantizedLayout, activation: ActivationFunction?
  ) -> Bool {
    let (x, y) = (node.inputs[0], node.results[0])
    let form = byteForm(of: y)
    guard let input = byteForm(of: x) else { return false }
    let kernel = QuantizedLinearKernel(
      isa: isa, rows: inputLayout.images, inputs: inputLayout.channels, outputs: outputLayout.channels, input: input,
      result: QuantizedResult(supported: activation, form))
    let packed = packedBytes(byteCount: kernel.packedBytes) { kernel.pack($0, into: $1) }
    let source = bytes(x, inputLayout)
    let target = form == nil ? newFloats(y, outputLayout) : newPlace(y, .quantized(outputLayout))
    append(
      QuantizedLinearStep(kernel: kernel, packed: packed, input: source, output: target), reads: [source],
      writes: [target])
    return true
  }
}
