import IR

extension Operations.Unary: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    builder.lowerFunction(node, RowFunctionKernel(kernels: builder.floatKernels, function))
  }
}

extension Operations.ParametricActivation: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    builder.lowerFunction(
      node, RowFunctionKernel(kernels: builder.floatKernels, function, alpha: alpha, beta: beta))
  }
}

extension PlanBuilder {
  /// Returns whether values are held only as in the API, or are parameters, so that an elementwise operation does best
  /// to leave them so.
  func arePlain(_ ids: [Graph.ValueID]) -> Bool {
    ids.allSatisfy { parameter($0) != nil || isPlain($0) && heldLayout($0) == nil }
  }

  fileprivate func lowerFunction(_ node: Graph.Node, _ kernel: RowFunctionKernel?) -> Bool {
    guard let kernel, graph.type(node.inputs[0]).elementType == .float32 else { return false }
    appendPlain(kernel.name, node) { x, y, count in kernel.run(input: x, output: y, count: count) }
    return true
  }

  /// Adds a function of each element of a plain value.
  func appendPlain(
    _ name: String, _ node: Graph.Node,
    _ function: @escaping @Sendable (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
  ) {
    let count = shape(node.inputs[0]).reduce(1, *)
    // Shares end at whole vectors of any instruction set.
    let block = 64
    let input = plain(node.inputs[0])
    let output = newPlain(node.results[0])
    append(
      WorkStep(name, tiles: count.dividedRoundingUp(by: block)) { memory in
        let run = memory.share(of: count, blocks: block)
        function(memory.floats(input) + run.lowerBound, memory.writeFloats(output) + run.lowerBound, run.count)
      }, reads: [input], writes: [output])
  }
}
