import IR

/// Pooling, by rows of the output.
struct PoolingStep: Step {
  let kernel: PoolingKernel
  let input: Location
  let inputLayout: ChannelsLast
  let output: Location
  let outputLayout: ChannelsLast

  var kernelName: String { kernel.name }

  func run(_ memory: WorkerMemory) {
    let rows = share(of: outputLayout.height, worker: memory.worker, of: memory.workers)
    for n in 0..<outputLayout.images {
      kernel.run(
        input: memory.read(input) + n * inputLayout.imageBytes,
        output: memory.write(output) + n * outputLayout.imageBytes, rows: rows)
    }
  }
}

extension PlanBuilder {
  func lower(_ operation: Operations.Pool, _ node: Graph.Node) -> Bool {
    guard let input = channelsLast(node.inputs[0]), let output = channelsLast(node.results[0]) else { return false }
    let coversAll =
      output.pixels == 1 && operation.function == .average && operation.window.dilation.allSatisfy { $0 == 1 }
      && operation.window.kernel.reduce(1, *) == input.pixels
      && (operation.window.paddingBefore + operation.window.paddingAfter).allSatisfy { $0 == 0 }
    if coversAll { return lowerGlobalMean(node.inputs[0], result: node.results[0]) }
    addPooling(
      PoolingKernel(
        kernels: kernels, operation.function, channels: input.channels, window: operation.window,
        inputSize: [input.frames, input.height, input.width],
        outputSize: [output.frames, output.height, output.width], countsPadding: operation.countsPadding),
      node, input, output)
    return true
  }

  func lower(_ operation: Operations.AdaptivePool, _ node: Graph.Node) -> Bool {
    guard let input = channelsLast(node.inputs[0]), let output = channelsLast(node.results[0]) else { return false }
    if output.pixels == 1, operation.function == .average {
      return lowerGlobalMean(node.inputs[0], result: node.results[0])
    }
    addPooling(
      PoolingKernel(
        kernels: kernels, operation.function, channels: input.channels,
        inputSize: [input.frames, input.height, input.width],
        adaptiveTo: [output.frames, output.height, output.width]),
      node, input, output)
    return true
  }

  func lower(_ operation: Operations.Mean, _ node: Graph.Node) -> Bool {
    if quantization != nil { return lowerExactMean(operation, node) }
    let rank = shape(node.inputs[0]).count
    guard rank == 4 || rank == 5, operation.axes.sorted() == Array(2..<rank) else { return false }
    return lowerGlobalMean(node.inputs[0], result: node.results[0])
  }

  private func addPooling(
    _ kernel: PoolingKernel, _ node: Graph.Node, _ inputLayout: ChannelsLast, _ outputLayout: ChannelsLast
  ) {
    let input = pixels(node.inputs[0], inputLayout)
    let output = newPixels(node.results[0], outputLayout)
    append(
      PoolingStep(kernel: kernel, input: input, inputLayout: inputLayout, output: output, outputLayout: outputLayout),
      reads: [input], writes: [output])
  }
}
