import IR

extension Operations.Einsum: CPUOperation {
  /// Lowers a summation of two values as a batch of matrix products: indices of both that remain are the batch, and those
  /// that do not are summed over.
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    let shapes = node.inputs.map { builder.shape($0) }
    guard shapes.count == 2, builder.graph.type(node.inputs[0]).elementType == .float32,
      !shapes.joined().contains(0), let equation = try? EinsumEquation(equation, ranks: shapes.map(\.count)),
      let sizes = equation.equalLengths(shapes)
    else { return false }
    let (left, right) = (equation.operands[0], equation.operands[1])
    // An index of one operand alone that does not remain would have to be summed over before.
    guard equation.summed.allSatisfy({ left.contains($0) && right.contains($0) }) else { return false }
    let batch = equation.result.filter { left.contains($0) && right.contains($0) }
    let rows = equation.result.filter { !right.contains($0) }
    let columns = equation.result.filter { !left.contains($0) }
    let count = { (indices: [EinsumEquation.Index]) in indices.reduce(1) { $0 * (sizes[$1] ?? 1) } }

    let a = builder.ordered(node.inputs[0], left, as: batch + rows + equation.summed, sizes)
    let b = builder.ordered(node.inputs[1], right, as: batch + equation.summed + columns, sizes)
    let product = MatrixProduct(
      batch: Broadcast([count(batch)], [count(batch)]), rows: count(rows), inputs: count(equation.summed),
      outputs: count(columns))
    let order = batch + rows + columns
    if order == equation.result {
      builder.append(product, a, b, builder.newPlain(node.results[0]))
      return true
    }
    let unordered = builder.newPlace(byteCount: builder.plainLayout(node.results[0]).byteCount)
    builder.append(product, a, b, unordered)
    let strides = Dictionary(uniqueKeysWithValues: zip(order, order.map { sizes[$0] ?? 1 }.rowMajorStrides))
    let shape = builder.shape(node.results[0])
    builder.append(
      StridedCopy(
        shape: shape, source: equation.result.map { strides[$0] ?? 0 }, target: shape.rowMajorStrides,
        elementType: .float32), from: unordered, to: builder.newPlain(node.results[0]))
    return true
  }
}

extension EinsumEquation {
  /// Returns the length of each index; nil if an operand has an index twice, or repeats along one.
  fileprivate func equalLengths(_ shapes: [[Int]]) -> [Index: Int]? {
    var lengths: [Index: Int] = [:]
    for (indices, shape) in zip(operands, shapes) {
      guard Set(indices).count == indices.count else { return nil }
      for (index, length) in zip(indices, shape) {
        guard lengths.updateValue(length, forKey: index) ?? length == length else { return nil }
      }
    }
    return lengths
  }
}

extension PlanBuilder {
  /// Returns the location of a value with its axes in another order, copied if necessary.
  fileprivate func ordered(
    _ id: Graph.ValueID, _ indices: [EinsumEquation.Index], as order: [EinsumEquation.Index],
    _ sizes: [EinsumEquation.Index: Int]
  ) -> Location {
    let source = plain(id)
    if indices == order { return source }
    let strides = Dictionary(uniqueKeysWithValues: zip(indices, shape(id).rowMajorStrides))
    let shape = order.map { sizes[$0] ?? 1 }
    let target = newPlace(byteCount: plainLayout(id).byteCount)
    append(
      StridedCopy(
        shape: shape, source: order.map { strides[$0] ?? 0 }, target: shape.rowMajorStrides, elementType: .float32),
      from: source, to: target)
    return target
  }
}
