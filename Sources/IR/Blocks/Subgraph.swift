/// Some operations of a graph as a graph of their own, with the values of the whole graph that it takes and returns.
public struct Subgraph: Sendable {
  /// The graph of the operations.
  public let graph: Graph
  /// The values of the whole graph that are its inputs, in order.
  public let inputs: [Graph.ValueID]
  /// The values of the whole graph that are its outputs, in order.
  public let outputs: [Graph.ValueID]
}

extension Graph {
  /// Returns the values that some operations take from other operations, inputs or states, each once, in order.
  package func values(entering indices: [Int]) -> [ValueID] {
    let made = Set(indices.flatMap { nodes[$0].results }).union(parameters.map(\.value))
    var seen: Set<ValueID> = []
    return indices.flatMap { nodes[$0].inputs }.filter { !made.contains($0) && seen.insert($0).inserted }
  }

  /// Returns a block as a graph of its own. Its inputs are the values that the block takes from the rest of the
  /// network, its outputs those that the rest takes from it.
  ///
  /// Paths are relative to that of the block, so that equal blocks give graphs with the same text.
  ///
  /// - Throws: ``GraphError`` if there was an error while this graph was built.
  public func subgraph(of block: Block) throws(GraphError) -> Graph {
    try subgraph(of: block.nodes, relativeTo: block.path).graph
  }

  /// Returns some operations as a graph of their own. Its inputs are the values that they take from the rest of the
  /// network, its outputs those that the rest takes from them.
  ///
  /// It has no states: those of the whole graph that the operations read or update are inputs and outputs.
  ///
  /// - Parameters:
  ///   - indices: The indices of the operations, in order.
  ///   - path: The path of the layer that paths are relative to; paths outside of it are unchanged.
  /// - Throws: ``GraphError`` if there was an error while this graph was built.
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
