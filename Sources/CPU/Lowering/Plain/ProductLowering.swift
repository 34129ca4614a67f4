import IR

/// Rows times one packed matrix; workers share the rows, or the columns if there are few rows.
struct RowProductStep: Step {
  let kernel: RowProductKernel
  let packed: Location
  let input: Location
  let output: Location
  let rows: Int
  let inputs: Int
  let outputs: Int

  var kernelName: String { kernel.name }
  var scratchBytes: Int { kernel.scratchBytes }

  func tileCount(workers: Int) -> Int? {
    isByPanels(workers: workers) ? kernel.panelCount : rows.dividedRoundingUp(by: Self.block)
  }

  /// The number of rows that workers share at a time.
  private static let block = 12

  private func isByPanels(workers: Int) -> Bool { rows < 84 * workers && kernel.panelCount >= workers }

  func run(_ memory: WorkerMemory) {
    let isByPanels = isByPanels(workers: memory.workers)
    let rows = isByPanels ? 0..<rows : memory.share(of: rows, blocks: Self.block)
    kernel.run(
      packed: memory.read(packed), input: memory.floats(input) + rows.lowerBound * inputs,
      output: memory.writeFloats(output) + rows.lowerBound * outputs, rows: rows.count,
      panels: isByPanels ? memory.share(of: kernel.panelCount) : nil, scratch: memory.own)
  }
}

/// Matrices times matrices that are computed, too: workers share the products, or the rows of each if there are few.
struct BatchedProductStep: Step {
  let kernel: RowProductKernel
  let left: Location
  let right: Location
  let output: Location
  /// The index of the left and of the right matrix of each product.
  let operands: [(left: Int, right: Int)]
  let rows: Int
  let inputs: Int
  let outputs: Int

  var kernelName: String { kernel.name }
  private var packedBytes: Int { (kernel.packedBytes + 63) / 64 * 64 }
  var scratchBytes: Int { packedBytes + kernel.scratchBytes }

  func run(_ memory: WorkerMemory) {
    let apart = operands.count >= memory.workers
    let products = apart ? memory.share(of: operands.count) : operands.indices
    let rows = apart ? 0..<rows : memory.share(of: rows)
    var packed = -1
    for product in products {
      let operand = operands[product]
      if operand.right != packed {
        kernel.pack(transposed: memory.floats(right) + operand.right * inputs * outputs, into: memory.own)
        packed = operand.right
      }
      kernel.run(
        packed: memory.own, input: memory.floats(left) + (operand.left * self.rows + rows.lowerBound) * inputs,
        output: memory.writeFloats(output) + (product * self.rows + rows.lowerBound) * outputs, rows: rows.count,
        scratch: memory.own + packedBytes)
    }
  }
}

extension Operations.MatMul: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    let (isRow, isColumn) = (builder.shape(node.inputs[0]).count == 1, builder.shape(node.inputs[1]).count == 1)
    let a = (isRow ? [1] : []) + builder.shape(node.inputs[0])
    let b = builder.shape(node.inputs[1]) + (isColumn ? [1] : [])
    guard builder.graph.type(node.inputs[0]).elementType == .float32, !(a + b).contains(0) else { return false }
    let product = MatrixProduct(
      batch: Broadcast(Array(a.dropLast(2)), Array(b.dropLast(2))), rows: a[a.count - 2], inputs: a[a.count - 1],
      outputs: b[b.count - 1])
    let left = builder.plain(node.inputs[0])
    // All left matrices are rows of one if there is one right matrix.
    if b.dropLast(2).reduce(1, *) == 1 {
      let kernel = RowProductKernel(
        kernels: builder.floatKernels, inputs: product.inputs, outputs: product.outputs)
      let packed = builder.packed(byteCount: kernel.packedBytes, weight: node.inputs[1], bias: nil) {
        kernel.pack(transposed: $0, into: $2)
      }
      let output = builder.newPlain(node.results[0])
      builder.append(
        RowProductStep(
          kernel: kernel, packed: packed, input: left, output: output, rows: a.dropLast().reduce(1, *),
          inputs: product.inputs, outputs: product.outputs), reads: [packed, left], writes: [output])
    } else {
      let right = builder.plain(node.inputs[1])
      builder.append(product, left, right, builder.newPlain(node.results[0]))
    }
    return true
  }
}

/// The shapes of a batch of matrix products.
struct MatrixProduct {
  let batch: Broadcast
  let rows: Int
  let inputs: Int
  let outputs: Int
}

extension PlanBuilder {
  /// Adds the products of matrices that are computed in each run.
  func append(_ product: MatrixProduct, _ left: Location, _ right: Location, _ output: Location) {
    let kernel = RowProductKernel(kernels: floatKernels, inputs: product.inputs, outputs: product.outputs)
    append(
      BatchedProductStep(
        kernel: kernel, left: left, right: right, output: output, operands: product.batch.operands,
        rows: product.rows, inputs: product.inputs, outputs: product.outputs), reads: [left, right],
      writes: [output])
  }

  /// Adds a linear layer on the last axis of a plain value.
  func lowerPlainLinear(_ node: Graph.Node) -> Bool {
    let (shape, weight) = (shape(node.inputs[0]), shape(node.inputs[1]))
    guard !(shape + weight).contains(0) else { return false }
    let kernel = RowProductKernel(kernels: floatKernels, inputs: weight[1], outputs: weight[0])
    let packed = packed(
      byteCount: kernel.packedBytes, weight: node.inputs[1], bias: node.inputs.count == 3 ? node.inputs[2] : nil
    ) {
      kernel.pack(weight: $0, bias: $1, into: $2)
    }
    let input = plain(node.inputs[0])
    let output = newPlain(node.results[0])
    append(
      RowProductStep(
        kernel: kernel, packed: packed, input: input, output: output, rows: shape.dropLast().reduce(1, *),
        inputs: weight[1], outputs: weight[0]), reads: [packed, input], writes: [output])
    return true
  }
}
