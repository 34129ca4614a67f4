import IR

extension Operations.Linear: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return node.inputs.map { _ in nil } }
    var result = [Graph.ValueID?](repeating: nil, count: node.inputs.count)
    if wanted[0] {
      result[0] = try writer.add(Operations.LinearInputGradient(), [dy, node.inputs[1]])[0]
    }
    if wanted[1] { result[1] = try writer.add(Operations.LinearWeightGradient(), [node.inputs[0], dy])[0] }
    if wanted.count > 2, wanted[2] { result[2] = try writer.summed(dy, like: node.inputs[2]) }
    return result
  }
}

extension Operations.MatMul: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let gradient = gradients[0] else { return [nil, nil] }
    let shapes = [try writer.shape(node.inputs[0]), try writer.shape(node.inputs[1])]
    let (isRow, isColumn) = (shapes[0].count == 1, shapes[1].count == 1)
    func reshaped(_ id: Graph.ValueID, _ shape: [Int]) throws(GraphError) -> Graph.ValueID {
      try writer.shape(id) == shape ? id : writer.add(Operations.Reshape(shape), [id])[0]
    }
    let a = try reshaped(node.inputs[0], (isRow ? [1] : []) + shapes[0])
    let b = try reshaped(node.inputs[1], shapes[1] + (isColumn ? [1] : []))
    var matrix = try writer.shape(gradient)
    if isRow { matrix.insert(1, at: matrix.count - (isColumn ? 0 : 1)) }
    if isColumn { matrix.append(1) }
    let dy = try reshaped(gradient, matrix)
    func product(_ left: Graph.ValueID, _ right: Graph.ValueID) throws(GraphError) -> Graph.ValueID {
      try writer.add(Operations.MatMul(), [left, right])[0]
    }
    return [
      wanted[0] ? try reshaped(writer.summed(product(dy, writer.transposed(b)), like: a), shapes[0]) : nil,
      wanted[1] ? try reshaped(writer.summed(product(writer.transposed(a), dy), like: b), shapes[1]) : nil,
    ]
  }
}

extension Operations.Einsum: Differentiable {
  /// The gradient of an input is a summation, too: of the result's gradient and the other inputs.
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return node.inputs.map { _ in nil } }
    let sides = equation.filter { !$0.isWhitespace }.split(separator: "->", omittingEmptySubsequences: false)
    let terms = sides[0].split(separator: ",", omittingEmptySubsequences: false)
    var result: [Graph.ValueID?] = []
    for (index, term) in terms.enumerated() {
      guard wanted[index] else {
        result.append(nil)
        continue
      }
      let others = terms.indices.filter { $0 != index }
      let known = others.map { terms[$0] } + [sides.last ?? ""]
      guard sides.count == 2, !equation.contains("."), Set(term).count == term.count,
        term.allSatisfy({ letter in known.contains { $0.contains(letter) } })
      else {
        throw node.noGradient("an input whose indices are all elsewhere, once each, has a gradient", in: writer.graph)
      }
      let left = ([sides[1]] + others.map { terms[$0] }).joined(separator: ",")
      result.append(
        try writer.add(Operations.Einsum("\(left)->\(term)"), [dy] + others.map { node.inputs[$0] })[0])
    }
    return result
  }
}

extension GraphWriter {
  /// Returns a value with its last two axes swapped.
  fileprivate mutating func transposed(_ id: Graph.ValueID) throws(GraphError) -> Graph.ValueID {
    let rank = try shape(id).count
    return try add(Operations.Permute(Array(0..<rank - 2) + [rank - 1, rank - 2]), [id])[0]
  }
}
