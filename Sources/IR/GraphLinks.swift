/// The producers and users of a graph's values: an index for rewriting, planning and quantization.
package struct GraphLinks: Sendable {
  /// The index of the node that computes a value; inputs, parameters and states have none.
  package let producers: [Graph.ValueID: Int]
  /// The indices of the nodes that take a value, in order; repeated if a node takes it several times.
  package let users: [Graph.ValueID: [Int]]
  /// The values that are parameters.
  package let parameters: Set<Graph.ValueID>
  /// How often a value is an output of the graph or the next value of a state; none for values that never are.
  private let finalCounts: [Graph.ValueID: Int]

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
    finalCounts = Dictionary(graph.finalValues.map { ($0, 1) }, uniquingKeysWith: +)
  }

  /// Returns the number of uses of a value: by nodes, as an output of the graph and as the next value of a state.
  package func useCount(of id: Graph.ValueID) -> Int { (users[id]?.count ?? 0) + (finalCounts[id] ?? 0) }

  /// Returns whether a value is an output of the graph or the next value of a state.
  package func isFinal(_ id: Graph.ValueID) -> Bool { finalCounts[id] != nil }

  /// Returns the index of the last node that takes a value; nil for final values and those that no node takes.
  package func lastUse(of id: Graph.ValueID) -> Int? { isFinal(id) ? nil : users[id]?.last }

  /// Returns the index of the node that computes a value with a single use; nil for other values.
  package func onlyProducer(of id: Graph.ValueID) -> Int? { useCount(of: id) == 1 ? producers[id] : nil }
}
