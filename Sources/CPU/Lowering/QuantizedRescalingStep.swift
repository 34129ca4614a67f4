import IR

/// Values of bytes in the quantization of the result, side by side in its pixels.
struct QuantizedRescalingStep: Step {
  let inputs: [(kernel: QuantizedRescalingKernel, location: Location, layout: QuantizedLayout)]
  let output: Location
  let outputLayout: QuantizedLayout

  var kernelName: String { inputs.first?.kernel.name ?? "" }
  func tileCount(workers: Int) -> Int? { outputLayout.images * outputLayout.pixels }

  func run(_ memory: WorkerMemory) {
    let run = memory.share(of: outputLayout.images * outputLayout.pixels)
    var target = memory.writeBytes(output) + run.lowerBound * outputLayout.pixel
    for input in inputs {
      input.kernel.run(
        memory.bytes(input.location) + run.lowerBound * input.layout.pixel, pixel: input.layout.pixel, output: target,
        pixel: outputLayout.pixel, channels: input.layout.channels, count: run.count)
      target += input.layout.channels
    }
  }
}

extension PlanBuilder {
  /// Adds the step of an activation by itself, or of values that are joined along their channels.
  func addRescaling(_ node: Graph.Node, activation: ActivationFunction? = nil) -> Bool {
    let result = node.results[0]
    guard let output = byteForm(of: result) else { return false }
    let kernels = node.inputs.compactMap { id in
      byteForm(of: id).flatMap {
        QuantizedRescalingKernel(isa: isa, input: $0, output: output, activation: activation)
      }
    }
    guard kernels.count == node.inputs.count else { return false }
    let inputs = zip(node.inputs, kernels).map { id, kernel in
      let layout = QuantizedLayout(shape(id), .pixels)
      return (kernel: kernel, location: bytes(id, layout), layout: layout)
    }
    let layout = QuantizedLayout(shape(result), .pixels)
    let target = newPlace(result, .quantized(layout))
    append(
      QuantizedRescalingStep(inputs: inputs, output: target, outputLayout: layout), reads: inputs.map(\.location),
      writes: [target])
    return true
  }
}
