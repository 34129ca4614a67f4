import IR

/// Pooling of bytes, by rows of the output.
struct QuantizedPoolingStep: Step {
  let kernel: QuantizedPoolingKernel
  let input: Location
  let inputLayout: QuantizedLayout
  let output: Location
  let outputLayout: QuantizedLayout

  var kernelName: String { kernel.name }

  func run(_ memory: WorkerMemory) {
    let rows = share(of: outputLayout.height, worker: memory.worker, of: memory.workers)
    for n in 0..<outputLayout.images {
      kernel.run(
        input: memory.bytes(input) + n * inputLayout.imageBytes,
        output: memory.writeBytes(output) + n * outputLayout.imageBytes, rows: rows)
    }
  }
}

/// The sum of two values of bytes.
struct QuantizedAdditionStep: Step {
  let kernel: QuantizedAdditionKernel
  let left: Location
  let right: Location
  let output: Location
  /// Of all three.
  let layout: QuantizedLayout

  var kernelName: String { kernel.name }

  func run(_ memory: WorkerMemory) {
    let run = share(of: layout.images * layout.pixels, worker: memory.worker, of: memory.workers)
    let offset = run.lowerBound * layout.pixelBytes
    kernel.run(
      memory.bytes(left) + offset, memory.bytes(right) + offset, output: memory.writeBytes(output) + offset,
      count: run.count * layout.pixelBytes)
  }
}

extension PlanBuilder {
  func lowerIntegers(_ operation: Operations.Pool, _ index: Int) {
    addQuantizedPooling(index) { input, output, forms in
      QuantizedPoolingKernel(
        isa: isa, operation.function, channels: input.channels, window: operation.window, inputSize: input.size,
        outputSize: output.size, countsPadding: operation.countsPadding, input: forms.input, output: forms.output)
    }
  }

  func lowerIntegers(_ operation: Operations.AdaptivePool, _ index: Int) {
    addQuantizedPooling(index) { input, output, forms in
      QuantizedPoolingKernel(
        isa: isa, operation.function, channels: input.channels, inputSize: input.size, adaptiveTo: output.size,
        input: forms.input, output: forms.output)
    }
  }

  private func addQuantizedPooling(
    _ index: Int,
    _ kernel: (QuantizedLayout, QuantizedLayout, (input: Quantization, output: Quantization)) -> QuantizedPoolingKernel
  ) {
    let (x, y) = (graph.nodes[index].inputs[0], graph.nodes[index].results[0])
    let (inputLayout, outputLayout) = (QuantizedLayout(shape(x), .pixels), QuantizedLayout(shape(y), .pixels))
    guard let input = byteForm(of: x), let output = byteForm(of: y) else {
      preconditionFailure("pooling takes and gives bytes")
    }
    let source = bytes(x, inputLayout)
    let target = newPlace(y, .quantized(outputLayout))
    append(
      QuantizedPoolingStep(
        kernel: kernel(inputLayout, outputLayout, (input, output)), input: source, inputLayout: inputLayout,
        output: target, outputLayout: outputLayout), reads: [source], writes: [target])
  }

  /// Adds the sum of two values of one shape.
  func lowerIntegers(_: Operations.Binary, _ index: Int) {
    let node = graph.nodes[index]
    let layout = QuantizedLayout(shape(node.results[0]), .pixels)
    let forms = (node.inputs + node.results).compactMap { byteForm(of: $0) }
    guard forms.count == 3, let kernel = QuantizedAdditionKernel(isa: isa, forms[0], forms[1], output: forms[2]) else {
      preconditionFailure("a sum takes and gives bytes")
    }
    let (left, right) = (bytes(node.inputs[0], layout), bytes(node.inputs[1], layout))
    let target = newPlace(node.results[0], .quantized(layout))
    append(
      QuantizedAdditionStep(kernel: kernel, left: left, right: right, output: target, layout: layout),
      reads: [left, right], writes: [target])
  }
}
