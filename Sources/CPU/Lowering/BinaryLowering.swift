import IR

/// A function of two values: of equal shapes, or of a value and a number per channel.
struct BinaryStep: Step {
  let kernel: ElementwiseKernel
  let function: BinaryFunction
  let left: Location
  let right: Location
  /// Whether the right operand is one pixel per image.
  let isPerChannel: Bool
  /// Whether the operands are swapped.
  let isSwapped: Bool
  let output: Location
  let layout: ChannelsLast

  var kernelName: String { kernel.binaryName }
  func tileCount(workers: Int) -> Int? { layout.pixels }

  func run(_ memory: WorkerMemory) {
    let run = memory.share(of: layout.pixels)
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

/// The sum of two values of bytes.
struct QuantizedAdditionStep: Step {
  let kernel: QuantizedAdditionKernel
  let left: Location
  let right: Location
  let output: Location
  /// The layout of both operands and the result.
  let layout: QuantizedLayout

  var kernelName: String { kernel.name }
  func tileCount(workers: Int) -> Int? { layout.images * layout.pixels }

  func run(_ memory: WorkerMemory) {
    let run = memory.share(of: layout.images * layout.pixels)
    let offset = run.lowerBound * layout.pixelBytes
    kernel.run(
      memory.bytes(left) + offset, memory.bytes(right) + offset, output: memory.writeBytes(output) + offset,
      count: run.count * layout.pixelBytes)
  }
}

extension Operations.Binary: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    storage == .qu8 ? lowerBytes(node, builder) : lowerFloats(node, builder)
  }

  private func lowerFloats(_ node: Graph.Node, _ builder: PlanBuilder) -> Bool {
    let shapes = node.inputs.map { builder.shape($0) }
    guard function.code != nil, builder.graph.type(node.results[0]).elementType == .float32 else { return false }
    guard !builder.arePlain(node.inputs), let layout = builder.channelsLast(node.results[0])?.preferred,
      shapes[0].count == shapes[1].count
    else {
      builder.appendPlainBinary(function, node)
      return true
    }
    // The operand that has the result's shape is the left one.
    let isSwapped = shapes[0] != builder.shape(node.results[0])
    let (left, right) = isSwapped ? (node.inputs[1], node.inputs[0]) : (node.inputs[0], node.inputs[1])
    guard builder.shape(left) == builder.shape(node.results[0]),
      let rightLayout = builder.channelsLast(right).map({ layout.pixels == 1 ? $0.floats : $0 }),
      rightLayout.images == layout.images, rightLayout.channels == layout.channels
    else {
      builder.appendPlainBinary(function, node)
      return true
    }
    let isPerChannel = rightLayout != layout
    if isPerChannel, rightLayout.pixels != 1 {
      builder.appendPlainBinary(function, node)
      return true
    }
    let (first, second) = (builder.pixels(left, layout), builder.pixels(right, rightLayout))
    let output = builder.newPixels(node.results[0], layout)
    builder.append(
      BinaryStep(
        kernel: ElementwiseKernel(kernels: builder.kernels(for: layout)), function: function, left: first,
        right: second,
        isPerChannel: isPerChannel, isSwapped: isSwapped, output: output, layout: layout),
      reads: [first, second], writes: [output])
    return true
  }

  /// The sum of two values of one shape.
  private func lowerBytes(_ node: Graph.Node, _ builder: PlanBuilder) -> Bool {
    let layout = QuantizedLayout(builder.shape(node.results[0]), .pixels)
    let forms = (node.inputs + node.results).compactMap { builder.byteForm(of: $0) }
    guard forms.count == 3, let kernel = QuantizedAdditionKernel(isa: builder.isa, forms[0], forms[1], output: forms[2])
    else { return false }
    let (left, right) = (builder.bytes(node.inputs[0], layout), builder.bytes(node.inputs[1], layout))
    let target = builder.newPlace(node.results[0], .quantized(layout))
    builder.append(
      QuantizedAdditionStep(kernel: kernel, left: left, right: right, output: target, layout: layout),
      reads: [left, right], writes: [target])
    return true
  }
}
