/// Who makes and who uses the values of a graph: the one index that rewriting, planning and quantization look up.
package struct GraphLinks: Sendable {
  /// The index of the node that makes a value; nothing for inputs, parameters and states.
  package let producers: [Graph.ValueID: Int]
  /// The indices of the nodes that take a value, in order, as often as they take it; nothing for values that no node takes.
  package let users: [Graph.ValueID: [Int]]
  /// The values that are parameters.
  package let parameters: Set<Graph.ValueID>
  private let finalValues: [Graph.ValueID]

  package init(_ graph: Graph) {
    var producers: [Graph.ValueID: Int] = [:]
    var users: [Graph.ValueID: [Int]] = [:]
    for (index, node) in graph.nodes.enumerated() {
      for id in node.results { producers[id] = index }
      for id in node.inputs { users[id, default: []].append(index) }
    }
    self.producers = producers
    self.users = users
    parameters = Set(graph.parameters.map(\.value))
    finalValues = graph.finalValues
  }

  /// How often a value is used: by nodes, as a result of the graph and as what a state hands on.
  package func useCount(of id: Graph.ValueID) -> Int { (users[id]?.count ?? 0) + finalValues.count { $0 == id } }

  /// Whether a value is needed after all operations: a result of the graph, or what a state hands on.
  package func isFinal(_ id: Graph.ValueID) -> Bool { finalValues.contains(id) }

  /// The index of the last node that takes a value; nil for values that are needed after it, or that no node takes.
  package func lastUse(of id: Graph.ValueID) -> Int? { isFinal(id) ? nil : users[id]?.last }

  /// The index of the node that makes a value for one use alone.
  package func onlyProducer(of id: Graph.ValueID) -> Int? { useCount(of: id) == 1 ? producers[id] : nil }
}
