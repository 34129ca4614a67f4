import Graph
import Kernels

/// A linear layer on a few rows; workers share its outputs.
struct LinearStep: Step {
  let kernel: LinearKernel
  let packed: Location
  let input: Location
  let inputStride: Int
  let output: Location

  var kernelName: String { kernel.name }

  func run(_ memory: WorkerMemory) {
    kernel.run(
      packed: memory.read(packed), input: memory.read(input), inputStride: inputStride, output: memory.write(output),
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
    guard shape(node.inputs[0]).count == 2, let inputLayout = channelsLast(node.inputs[0]),
      let outputLayout = channelsLast(node.results[0]), let weights = parameter(node.inputs[1])
    else { return false }
    let bias = node.inputs.count == 3 ? node.inputs[2] : nil
    if let bias, parameter(bias) == nil { return false }
    let kernel = LinearKernel(
      isa: isa, rows: inputLayout.images, inputs: inputLayout.channels, outputs: outputLayout.channels)
    let packed = packed(count: kernel.packedCount, weight: weights, bias: bias.flatMap { parameter($0) }) {
      kernel.pack(weight: $0, bias: $1, into: $2)
    }
    let input = pixels(node.inputs[0], inputLayout)
    let output = newPixels(node.results[0], outputLayout)
    append(
      LinearStep(
        kernel: kernel, packed: packed, input: input, inputStride: inputLayout.paddedChannels, output: output),
      reads: [input], writes: [output])
    return true
  }

  func lower(_ operation: Operations.Softmax, _ node: Graph.Node) -> Bool {
    let shape = shape(node.inputs[0])
    guard operation.axis == shape.count - 1, let count = shape.last, count > 0 else { return false }
    let input = plain(node.inputs[0])
    let output = newPlain(node.results[0])
    append(
      SoftmaxStep(
        kernel: SoftmaxKernel(isa: isa, count: count), input: input, output: output,
        rows: shape.dropLast().reduce(1, *), count: count), reads: [input], writes: [output])
    return true
  }
}
