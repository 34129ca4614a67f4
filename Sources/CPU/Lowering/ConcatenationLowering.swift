import IR

/// Values joined along their channels.
struct ConcatenationStep: Step {
  let kernel: ConcatenationKernel
  let inputs: [(location: Location, layout: ChannelsLast)]
  let output: Location
  let outputLayout: ChannelsLast

  var kernelName: String { kernel.name }
  func tileCount(workers: Int) -> Int? { outputLayout.images * outputLayout.pixels }

  func run(_ memory: WorkerMemory) {
    // One input after the other: a later one overwrites what an earlier one's padding left.
    for (index, input) in inputs.enumerated() {
      let run = memory.share(of: input.layout.images * input.layout.pixels)
      kernel.copy(
        input: index, from: memory.read(input.location) + run.lowerBound * input.layout.pixelBytes,
        to: memory.write(output) + run.lowerBound * outputLayout.pixelBytes, count: run.count)
    }
  }
}

extension Operations.Concat: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    if storage == .qu8 { return axis == 2 ? lowerFramesOfBytes(node, builder) : builder.addRescaling(node) }
    if axis == 2, lowerFrames(node, builder) { return true }
    let layouts = node.inputs.compactMap { builder.channelsLast($0) }
    guard axis == 1, layouts.count == node.inputs.count, let outputLayout = builder.channelsLast(node.results[0]),
      !builder.arePlain(node.inputs)
    else { return lowerPlain(node, builder) }
    let kernel = ConcatenationKernel(kernels: builder.kernels, channels: layouts.map(\.channels))
    let inputs = zip(node.inputs, layouts).map { (location: builder.pixels($0, $1), layout: $1) }
    let output = builder.newPixels(node.results[0], outputLayout)
    builder.append(
      ConcatenationStep(kernel: kernel, inputs: inputs, output: output, outputLayout: outputLayout),
      reads: inputs.map(\.location),
      writes: [output])
    return true
  }
}
