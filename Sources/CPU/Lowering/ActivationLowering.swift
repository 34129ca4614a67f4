import IR

/// An activation by itself.
struct ActivationStep: Step {
  let kernel: ElementwiseKernel
  let function: ActivationFunction
  let input: Location
  let output: Location
  let layout: ChannelsLast

  var kernelName: String { kernel.activationName }
  func tileCount(workers: Int) -> Int? { layout.images * layout.pixels }

  func run(_ memory: WorkerMemory) {
    let run = memory.share(of: layout.images * layout.pixels)
    let offset = run.lowerBound * layout.pixelBytes
    kernel.activate(
      function, input: memory.read(input) + offset, output: memory.write(output) + offset,
      count: run.count * layout.paddedChannels)
  }
}

extension Operations.Activation: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    if storage == .qu8 { return builder.addRescaling(node, activation: function) }
    guard let layout = builder.channelsLast(node.inputs[0])?.preferred, !builder.arePlain(node.inputs) else {
      let kernel = ElementwiseKernel(kernels: builder.floatKernels)
      builder.appendPlain(kernel.activationName, node) { [function] x, y, count in
        kernel.activateFloats(function, input: x, output: y, count: count)
      }
      return true
    }
    let input = builder.pixels(node.inputs[0], layout)
    let output = builder.newPixels(node.results[0], layout)
    builder.append(
      ActivationStep(
        kernel: ElementwiseKernel(kernels: builder.kernels(for: layout)), function: function, input: input,
        output: output, layout: layout),
      reads: [input], writes: [output])
    return true
  }
}
