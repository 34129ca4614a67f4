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

  func run(_ memory: WorkerMemory) {
    kernel.run(
      packed: memory.read(packed), input: memory.floats(input), inputStride: inputStride,
      output: memory.writeFloats(output), outputStride: outputStride,
      panels: share(of: kernel.panelCount, worker: memory.worker, of: memory.workers))
  }
}

/// Softmax over the classes of each row.
struct SoftmaxStep: Step {
  let kernel: SoftmaxKernel
  let input: Location
  let output: Location
  let rows: Int
  let count: Int

  var kernelName: String { kernel.name }

  func run(_ memory: WorkerMemory) {
    kernel.run(
      input: memory.read(input), output: memory.write(output), stride: count,
      rows: share(of: rows, worker: memory.worker, of: memory.workers))
  }
}

extension PlanBuilder {
  func lower(_ operation: Operations.Linear, _ node: Graph.Node) -> Bool {
    guard shape(node.inputs[0]).count == 2 else { return false }
    return lowerLinear(
      node.inputs[0], weight: node.inputs[1], bias: node.inputs.count == 3 ? node.inputs[2] : nil, activation: nil,
      result: node.results[0])
  }

  /// Adds a linear layer on images of one pixel, with weights `[K, C]` or `[K, C, 1…]`; false if the weights are computed.
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

  func lower(_ operation: Operations.Softmax, _ node: Graph.Node) -> Bool {
    let shape = shape(node.inputs[0])
    guard operation.axis == shape.count - 1, let count = shape.last, count > 0 else { return false }
    let input = plain(node.inputs[0])
    let output = newPlain(node.results[0])
    append(
      SoftmaxStep(
        kernel: SoftmaxKernel(kernels: floatKernels, count: count), input: input, output: output,
        rows: shape.dropLast().reduce(1, *), count: count), reads: [input], writes: [output])
    return true
  }
}
