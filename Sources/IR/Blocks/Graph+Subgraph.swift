extension Graph {
  /// A block as a network of its own: it takes what the block takes from others, and gives what others take from it.
  ///
  /// Paths are relative to the block's, so that blocks that are alike give graphs of the same text.
  ///
  /// - Throws: ``GraphError`` if a mistake was made while this graph was built.
  public func subgraph(of block: Block) throws(GraphError) -> Graph {
    if let buildError { throw buildError }
    let prefix = block.path.isEmpty ? "" : block.path + "."
    let relative = { (path: String) in
      if path == block.path { return "" }
      return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
    }
    let parameterOfValue = Dictionary(uniqueKeysWithValues: parameters.map { ($0.value, $0) })
    var result = Graph()
    var ids: [ValueID: ValueID] = [:]
    for node in block.nodes.map({ nodes[$0] }) {
      for id in node.inputs where ids[id] == nil {
        if let parameter = parameterOfValue[id] {
          ids[id] = result.addParameter(path: relative(parameter.path), role: parameter.role, type: type(id))
        } else {
          ids[id] = result.addInput(name: "x\(result.inputs.count)", type: type(id))
        }
      }
      let results = try result.addNode(
        node.operation, inputs: node.inputs.compactMap { ids[$0] }, scope: relative(node.scope))
      for (old, new) in zip(node.results, results) { ids[old] = new }
    }
    result.outputs = results(leaving: block.nodes).compactMap { ids[$0] }
    try result.verify()
    return result
  }
}
