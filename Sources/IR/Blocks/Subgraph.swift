/// Some operations of a graph as a graph of their own, and which values of the whole it takes and gives.
public struct Subgraph: Sendable {
  /// The operations by themselves.
  public let graph: Graph
  /// The values of the whole that are its inputs, in order.
  public let inputs: [Graph.ValueID]
  /// The values of the whole that are its outputs, in order.
  public let outputs: [Graph.ValueID]
}

extension Graph {
  /// The values that some operations take from others, from the graph's caller or from states, each once, in order.
  package func values(entering indices: [Int]) -> [ValueID] {
    let made = Set(indices.flatMap { nodes[$0].results }).union(parameters.map(\.value))
    var seen: Set<ValueID> = []
    return indices.flatMap { nodes[$0].inputs }.filter { !made.contains($0) && seen.insert($0).inserted }
  }

  /// A block as a network of its own: it takes what the block takes from others, and gives what others take from it.
  ///
  /// Paths are relative to the block's, so that blocks that are alike give graphs of the same text.
  ///
  /// - Throws: ``GraphError`` if a mistake was made while this graph was built.
  public func subgraph(of block: Block) throws(GraphError) -> Graph {
    try subgraph(of: block.nodes, relativeTo: block.path).graph
  }

  /// Some operations as a graph of their own: it takes what they take from others, and gives what others take from them.
  ///
  /// It has no states: what they read and hand on of the whole's are inputs and outputs.
  ///
  /// - Parameters:
  ///   - indices: The operations' indices, in order.
  ///   - path: The layer that paths are relative to; those of others stay as they are.
  /// - Throws: ``GraphError`` if a mistake was made while this graph was built.
  public func subgraph(of indices: [Int], relativeTo path: String = "") throws(GraphError) -> Subgraph {
    if let buildError { throw buildError }
    let prefix = path.isEmpty ? "" : path + "."
    let relative = { (other: String) in
      if other == path { return "" }
      return other.hasPrefix(prefix) ? String(other.dropFirst(prefix.count)) : other
    }
    let parameterOfValue = Dictionary(uniqueKeysWithValues: parameters.map { ($0.value, $0) })
    var result = Graph()
    var ids: [ValueID: ValueID] = [:]
    var entering: [ValueID] = []
    for node in indices.map({ nodes[$0] }) {
      for id in node.inputs where ids[id] == nil {
        if let parameter = parameterOfValue[id] {
          ids[id] = result.addParameter(path: relative(parameter.path), role: parameter.role, type: type(id))
        } else {
          ids[id] = result.addInput(name: "x\(result.inputs.count)", type: type(id))
          entering.append(id)
        }
      }
      let results = try result.addNode(
        node.operation, inputs: node.inputs.compactMap { ids[$0] }, scope: relative(node.scope))
      for (old, new) in zip(node.results, results) { ids[old] = new }
    }
    let leaving = results(leaving: indices)
    result.outputs = leaving.compactMap { ids[$0] }
    try result.verify()
    return Subgraph(graph: result, inputs: entering, outputs: leaving)
  }
}
