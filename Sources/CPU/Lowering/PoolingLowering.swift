import IR

/// A kernel that computes rows of pooling's result.
protocol PoolingRows: Sendable {
  var name: String { get }
  func run(input: UnsafeRawPointer, output: UnsafeMutableRawPointer, rows: Range<Int>)
}

extension PoolingKernel: PoolingRows {}

extension QuantizedPoolingKernel: PoolingRows {
  func run(input: UnsafeRawPointer, output: UnsafeMutableRawPointer, rows: Range<Int>) {
    run(
      input: input.assumingMemoryBound(to: UInt8.self), output: output.assumingMemoryBound(to: UInt8.self), rows: rows)
  }
}

/// Pooling, by rows of the output.
struct PoolingStep<Kernel: PoolingRows, Layout: RowLayout & Sendable>: Step {
  let kernel: Kernel
  let input: Location
  let inputLayout: Layout
  let output: Location
  let outputLayout: Layout

  var kernelName: String { kernel.name }
  func tileCount(workers: Int) -> Int? { outputLayout.height }

  func run(_ memory: WorkerMemory) {
    let rows = memory.share(of: outputLayout.height)
    for n in 0..<outputLayout.images {
      kernel.run(
        input: memory.read(input) + n * inputLayout.imageBytes,
        output: memory.write(output) + n * outputLayout.imageBytes, rows: rows)
    }
  }
}

extension Operations.Pool: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    if storage == .qu8 {
      return builder.addPooling(node) { input, output, forms in
        QuantizedPoolingKernel(
          isa: builder.isa, function, channels: input.channels, window: window, inputSize: input.size,
          outputSize: output.size, countsPadding: countsPadding, input: forms.input, output: forms.output)
      }
    }
    guard let input = builder.channelsLast(node.inputs[0]), let output = builder.channelsLast(node.results[0]) else {
      return false
    }
    let coversAll =
      output.pixels == 1 && function == .average && window.dilation.allSatisfy { $0 == 1 }
      && window.kernel.reduce(1, *) == input.pixels
      && (window.paddingBefore + window.paddingAfter).allSatisfy { $0 == 0 }
    if coversAll { return builder.lowerGlobalMean(node.inputs[0], result: node.results[0]) }
    builder.addPooling(
      PoolingKernel(
        kernels: builder.kernels, function, channels: input.channels, window: window,
        inputSize: [input.frames, input.height, input.width],
        outputSize: [output.frames, output.height, output.width], countsPadding: countsPadding),
      node, input, output)
    return true
  }
}

extension Operations.AdaptivePool: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    if storage == .qu8 {
      return builder.addPooling(node) { input, output, forms in
        QuantizedPoolingKernel(
          isa: builder.isa, function, channels: input.channels, inputSize: input.size, adaptiveTo: output.size,
          input: forms.input, output: forms.output)
      }
    }
    guard let input = builder.channelsLast(node.inputs[0]), let output = builder.channelsLast(node.results[0]) else {
      return false
    }
    if output.pixels == 1, function == .average {
      return builder.lowerGlobalMean(node.inputs[0], result: node.results[0])
    }
    builder.addPooling(
      PoolingKernel(
        kernels: builder.kernels, function, channels: input.channels,
        inputSize: [input.frames, input.height, input.width],
        adaptiveTo: [output.frames, output.height, output.width]),
      node, input, output)
    return true
  }
}

extension PlanBuilder {
  fileprivate func addPooling(
    _ kernel: PoolingKernel, _ node: Graph.Node, _ inputLayout: ChannelsLast, _ outputLayout: ChannelsLast
  ) {
    let input = pixels(node.inputs[0], inputLayout)
    let output = newPixels(node.results[0], outputLayout)
    append(
      PoolingStep(kernel: kernel, input: input, inputLayout: inputLayout, output: output, outputLayout: outputLayout),
      reads: [input], writes: [output])
  }

  fileprivate func addPooling(
    _ node: Graph.Node,
    _ kernel: (QuantizedLayout, QuantizedLayout, (input: QuantizationParameters, output: QuantizationParameters)) ->
      QuantizedPoolingKernel
  ) -> Bool {
    let (x, y) = (node.inputs[0], node.results[0])
    let (inputLayout, outputLayout) = (QuantizedLayout(shape(x), .pixels), QuantizedLayout(shape(y), .pixels))
    guard let input = byteForm(of: x), let output = byteForm(of: y) else { return false }
    let source = bytes(x, inputLayout)
    let target = newPlace(y, .quantized(outputLayout))
    append(
      PoolingStep(
        kernel: kernel(inputLayout, outputLayout, (input, output)), input: source, inputLayout: inputLayout,
        output: target, outputLayout: outputLayout), reads: [source], writes: [target])
    return true
  }
}
