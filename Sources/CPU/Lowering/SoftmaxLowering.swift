import IR

/// Softmax over the classes of each row.
struct SoftmaxStep: Step {
  let kernel: SoftmaxKernel
  let input: Location
  let output: Location
  let rows: Int
  let count: Int

  var kernelName: String { kernel.name }
  func tileCount(workers: Int) -> Int? { rows }

  func run(_ memory: WorkerMemory) {
    kernel.run(
      input: memory.read(input), output: memory.write(output), stride: count,
      rows: memory.share(of: rows))
  }
}

extension Operations.Softmax: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    let shape = builder.shape(node.inputs[0])
    guard axis == shape.count - 1, let count = shape.last, count > 0 else { return false }
    let input = builder.plain(node.inputs[0])
    let output = builder.newPlain(node.results[0])
    builder.append(
      SoftmaxStep(
        kernel: SoftmaxKernel(kernels: builder.floatKernels, count: count), input: input, output: output,
        rows: shape.dropLast().reduce(1, *), count: count), reads: [input], writes: [output])
    return true
  }
}
