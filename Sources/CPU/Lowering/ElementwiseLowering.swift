import IR

/// An activation by itself.
struct ActivationStep: Step {
  let kernel: ElementwiseKernel
  let function: ActivationFunction
  let input: Location
  let output: Location
  let layout: ChannelsLast

  var kernelName: String { kernel.activationName }

  func run(_ memory: WorkerMemory) {
    let run = share(of: layout.images * layout.pixels, worker: memory.worker, of: memory.workers)
    let offset = run.lowerBound * layout.pixelBytes
    kernel.activate(
      function, input: memory.read(input) + offset, output: memory.write(output) + offset,
      count: run.count * layout.paddedChannels)
  }
}

/// A function of two values: of equal shapes, or of a value and a number per channel.
struct BinaryStep: Step {
  let kernel: ElementwiseKernel
  let function: BinaryFunction
  let left: Location
  let right: Location
  /// Whether the right operand is one pixel per image.
  let isPerChannel: Bool
  /// Whether the operands have changed sides.
  let isSwapped: Bool
  let output: Location
  let layout: ChannelsLast

  var kernelName: String { kernel.binaryName }

  func run(_ memory: WorkerMemory) {
    let run = share(of: layout.pixels, worker: memory.worker, of: memory.workers)
    let count = run.count * layout.paddedChannels
    for n in 0..<layout.images {
      let offset = (n * layout.pixels + run.lowerBound) * layout.pixelBytes
      let other: ElementwiseKernel.Operand =
        isPerChannel
        ? .pixel(memory.read(right) + n * layout.pixelBytes, count: layout.paddedChannels)
        : .same(memory.read(right) + offset)
      kernel.combine(
        function, memory.read(left) + offset, other, swapped: isSwapped, output: memory.write(output) + offset,
        count: count)
    }
  }
}

/// Values joined along their channels.
struct ConcatenationStep: Step {
  let kernel: ConcatenationKernel
  let inputs: [(location: Location, layout: ChannelsLast)]
  let output: Location
  let outputLayout: ChannelsLast

  var kernelName: String { kernel.name }

  func run(_ memory: WorkerMemory) {
    // One input after the other: a later one writes whole vectors over what an earlier one's padding left.
    for (index, input) in inputs.enumerated() {
      let run = share(of: input.layout.images * input.layout.pixels, worker: memory.worker, of: memory.workers)
      kernel.copy(
        input: index, from: memory.read(input.location) + run.lowerBound * input.layout.pixelBytes,
        to: memory.write(output) + run.lowerBound * outputLayout.pixelBytes, count: run.count)
    }
  }
}

extension PlanBuilder {
  func lower(_ operation: Operations.Activation, _ node: Graph.Node) -> Bool {
    guard let layout = channelsLast(node.inputs[0])?.preferred else { return false }
    let input = pixels(node.inputs[0], layout)
    let output = newPixels(node.results[0], layout)
    append(
      ActivationStep(
        kernel: ElementwiseKernel(kernels: kernels(for: layout)), function: operation.function, input: input,
        output: output, layout: layout),
      reads: [input], writes: [output])
    return true
  }

  func lower(_ operation: Operations.Binary, _ node: Graph.Node) -> Bool {
    let shapes = node.inputs.map { shape($0) }
    guard let layout = channelsLast(node.results[0])?.preferred, shapes[0].count == shapes[1].count else {
      return false
    }
    // The operand that has the result's shape goes to the left.
    let isSwapped = shapes[0] != shape(node.results[0])
    let (left, right) = isSwapped ? (node.inputs[1], node.inputs[0]) : (node.inputs[0], node.inputs[1])
    guard shape(left) == shape(node.results[0]),
      let rightLayout = channelsLast(right).map({ layout.pixels == 1 ? $0.floats : $0 }),
      rightLayout.images == layout.images, rightLayout.channels == layout.channels
    else { return false }
    let isPerChannel = rightLayout != layout
    if isPerChannel, rightLayout.pixels != 1 { return false }
    let (first, second) = (pixels(left, layout), pixels(right, rightLayout))
    let output = newPixels(node.results[0], layout)
    append(
      BinaryStep(
        kernel: ElementwiseKernel(kernels: kernels(for: layout)), function: operation.function, left: first,
        right: second,
        isPerChannel: isPerChannel, isSwapped: isSwapped, output: output, layout: layout),
      reads: [first, second], writes: [output])
    return true
  }

  func lower(_ operation: Operations.Concat, _ node: Graph.Node) -> Bool {
    let layouts = node.inputs.compactMap { channelsLast($0) }
    guard operation.axis == 1, layouts.count == node.inputs.count, let outputLayout = channelsLast(node.results[0])
    else { return false }
    let kernel = ConcatenationKernel(kernels: kernels, channels: layouts.map(\.channels))
    let inputs = zip(node.inputs, layouts).map { (location: pixels($0, $1), layout: $1) }
    let output = newPixels(node.results[0], outputLayout)
    append(
      ConcatenationStep(kernel: kernel, inputs: inputs, output: output, outputLayout: outputLayout),
      reads: inputs.map(\.location),
      writes: [output])
    return true
  }
}
