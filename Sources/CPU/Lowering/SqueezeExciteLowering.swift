import IR

/// The gate of squeeze-excite.
struct SqueezeExciteStep: Step {
  let kernel: SqueezeExciteKernel
  let packed: Location
  let mean: Location
  let scale: Location
  let meanLayout: ChannelsLast
  let scaleLayout: ChannelsLast

  var kernelName: String { kernel.name }
  var scratchBytes: Int { kernel.scratchBytes }
  var isSerial: Bool { true }

  func run(_ memory: WorkerMemory) {
    for n in 0..<meanLayout.images {
      kernel.run(
        packed: memory.read(packed), mean: memory.floats(mean) + n * meanLayout.paddedChannels,
        scale: memory.writeFloats(scale) + n * scaleLayout.paddedChannels, scratch: memory.own)
    }
  }
}

extension Operations.SqueezeExcite: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    let tensors = node.inputs[1...].compactMap { builder.parameter($0)?.elements(as: Float.self) }
    guard tensors.count == 4, let meanLayout = builder.channelsLast(node.inputs[0])?.floats,
      let scaleLayout = builder.channelsLast(node.results[0])?.floats
    else { return false }
    let kernel = SqueezeExciteKernel(
      kernels: builder.kernels, means: meanLayout.channels, hidden: tensors[1].count, channels: scaleLayout.channels,
      activation: activation, gate: gate)
    let packed = builder.constant(byteCount: kernel.packedBytes) { target in
      kernel.pack(
        reduceWeight: tensors[0], reduceBias: tensors[1], expandWeight: tensors[2], expandBias: tensors[3], into: target
      )
    }
    let mean = builder.pixels(node.inputs[0], meanLayout)
    let scale = builder.newPixels(node.results[0], scaleLayout)
    builder.append(
      SqueezeExciteStep(
        kernel: kernel, packed: packed, mean: mean, scale: scale, meanLayout: meanLayout, scaleLayout: scaleLayout),
      reads: [mean], writes: [scale])
    return true
  }
}
