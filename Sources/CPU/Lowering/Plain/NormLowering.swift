import IR

extension Operations.LayerNorm: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    builder.lowerNorm(node, epsilon: epsilon, shift: node.inputs[2])
  }
}

extension Operations.RMSNorm: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    builder.lowerNorm(node, epsilon: epsilon, shift: nil)
  }
}

extension PlanBuilder {
  /// Adds the normalization of rows, without the mean if there is no shift.
  fileprivate func lowerNorm(_ node: Graph.Node, epsilon: Float, shift: Graph.ValueID?) -> Bool {
    let count = shape(node.inputs[1]).reduce(1, *)
    let rows = shape(node.inputs[0]).reduce(1, *) / max(count, 1)
    guard count > 0, rows > 0 else { return false }
    let kernel = RowNormKernel(kernels: floatKernels, count: count, epsilon: epsilon, centers: shift != nil)
    let (input, scale, shift) = (plain(node.inputs[0]), plain(node.inputs[1]), shift.map { plain($0) })
    let output = newPlain(node.results[0])
    append(
      WorkStep(kernel.name, tiles: rows) { memory in
        let run = memory.share(of: rows)
        kernel.run(
          input: memory.floats(input) + run.lowerBound * count, scale: memory.floats(scale),
          shift: shift.map { memory.floats($0) }, output: memory.writeFloats(output) + run.lowerBound * count,
          rows: run.count)
      }, reads: [input, scale] + [shift].compactMap { $0 }, writes: [output])
    return true
  }
}
