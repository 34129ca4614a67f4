import IR

extension Graph {
  /// Returns the same graph with activations recomputed just before gradients need them (Chen et al. 2016, "Training
  /// Deep Nets with Sublinear Memory Cost"). Between forward and backward pass, only those stay in memory that one
  /// segment of the network hands to the next.
  ///
  /// - Parameter forward: The number of nodes in the forward pass; gradients follow.
  func recomputingActivations(forward: Int) throws(GraphError) -> Graph {
    var recomputation = Recomputation(self, forward: forward)
    return try recomputation.run()
  }
}

private struct Recomputation {
  /// The number of segments, if the network can be cut so often: more of them hand on more values, fewer hold more
  /// values each.
  private static let segments = 16

  private let graph: Graph
  private let forward: Int
  private let links: GraphLinks
  private var writer = GraphWriter()
  /// What stands for a value in the forward pass.
  private var values: [Graph.ValueID: Graph.ValueID] = [:]
  /// What stands for a value in the backward pass: what was kept, or has been recomputed.
  private var restored: [Graph.ValueID: Graph.ValueID] = [:]

  init(_ graph: Graph, forward: Int) {
    self.graph = graph
    self.forward = forward
    links = GraphLinks(graph)
  }

  mutating func run() throws(GraphError) -> Graph {
    for id in graph.inputs { values[id] = writer.addInput(graph[id].name, graph.type(id)) }
    for node in graph.nodes[..<forward] {
      for (old, new) in zip(node.results, try add(node, values)) { values[old] = new }
    }
    for id in graph.inputs + graph.outputs + handedOn() { restored[id] = values[id] }
    for node in graph.nodes[forward...] {
      for id in node.inputs { try restore(id) }
      for (old, new) in zip(node.results, try add(node, restored)) { restored[old] = new }
    }
    return try writer.finish(outputs: graph.outputs.compactMap { values[$0] ?? restored[$0] })
  }

  private mutating func add(
    _ node: Graph.Node, _ values: [Graph.ValueID: Graph.ValueID]
  ) throws(GraphError) -> [Graph.ValueID] {
    writer.scope = node.scope
    return try writer.add(node.operation, node.inputs.compactMap { values[$0] })
  }

  /// Recomputes a value of the forward pass from what was kept.
  private mutating func restore(_ id: Graph.ValueID) throws(GraphError) {
    guard restored[id] == nil, let producer = links.producers[id] else { return }
    let node = graph.nodes[producer]
    for id in node.inputs { try restore(id) }
    for (old, new) in zip(node.results, try add(node, restored)) where restored[old] == nil { restored[old] = new }
  }

  /// Returns the values that segments hand on: of the places where the forward pass continues with a single value,
  /// those that divide what gradients need most evenly.
  private func handedOn() -> [Graph.ValueID] {
    var lastUses: [Graph.ValueID: Int] = [:]
    for (index, node) in graph.nodes[..<forward].enumerated() {
      for id in node.inputs { lastUses[id] = index }
    }
    let needed = Set(graph.nodes[forward...].flatMap(\.inputs)).subtracting(graph.outputs)
    let sizes = graph.nodes[..<forward].map { node in
      node.results.filter(needed.contains).reduce(0) { $0 + (graph.type($1).fixedShape ?? []).reduce(1, *) }
    }
    let share = sizes.reduce(0, +) / Self.segments
    var (handed, size): ([Graph.ValueID], Int) = ([], 0)
    var live: Set<Graph.ValueID> = []
    for (index, node) in graph.nodes[..<forward].enumerated() {
      live = live.filter { lastUses[$0] ?? 0 > index }
      live.formUnion(node.results.filter { lastUses[$0] ?? 0 > index })
      size += sizes[index]
      if live.count == 1, size >= share {
        handed += live
        size = 0
      }
    }
    return handed
  }
}
