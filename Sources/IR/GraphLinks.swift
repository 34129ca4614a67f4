/// Who makes and who uses the values of a graph: what rewriting and planning look up.
package struct GraphLinks: Sendable {
  /// The index of the node that makes a value; nothing for inputs and parameters.
  package let producers: [Graph.ValueID: Int]
  /// How often a value is used, by nodes and as a result of the graph; nothing for values that are not.
  package let useCounts: [Graph.ValueID: Int]

  package init(_ graph: Graph) {
    var producers: [Graph.ValueID: Int] = [:]
    var useCounts: [Graph.ValueID: Int] = [:]
    for (index, node) in graph.nodes.enumerated() {
      for id in node.results { producers[id] = index }
      for id in node.inputs { useCounts[id, default: 0] += 1 }
    }
    for id in graph.outputs { useCounts[id, default: 0] += 1 }
    self.producers = producers
    self.useCounts = useCounts
  }

  /// The index of the node that makes a value for one use alone.
  package func onlyProducer(of id: Graph.ValueID) -> Int? { useCounts[id] == 1 ? producers[id] : nil }
}
