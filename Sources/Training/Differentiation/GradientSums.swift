import IR

extension Graph {
  /// Returns the same graph with sums of gradients computed by the operation that computes one of their operands: a
  /// residual's gradient is added in that of a convolution, the gradient of a clip's means in that of a channel scale.
  ///
  /// An operation that absorbs a sum is computed in the sum's place.
  func addingGradientsWhereTheyAreMade() throws(GraphError) -> Graph {
    let sums = GradientSums(self)
    var writer = GraphWriter()
    var values: [Graph.ValueID: Graph.ValueID] = [:]
    for id in inputs { values[id] = writer.addInput(self[id].name, type(id)) }
    for (index, node) in nodes.enumerated() where !sums.absorbed.contains(index) {
      writer.scope = node.scope
      var (operation, inputs) = (node.operation, node.inputs)
      if let sum = sums.replacements[index] {
        writer.scope = nodes[sum.producer].scope
        (operation, inputs) = (sum.operation, sum.inputs)
      }
      let results = try writer.add(operation, inputs.compactMap { values[$0] })
      for (old, new) in zip(node.results, results) { values[old] = new }
    }
    return try writer.finish(outputs: outputs.compactMap { values[$0] })
  }
}

/// The sums of a graph that the operation computing an operand can absorb.
private struct GradientSums {
  struct Replacement {
    let operation: any Operation
    let inputs: [Graph.ValueID]
    let producer: Int
  }

  /// What is computed in a sum's place, by its index.
  private(set) var replacements: [Int: Replacement] = [:]
  /// The nodes that are no longer computed.
  private(set) var absorbed: Set<Int> = []

  init(_ graph: Graph) {
    let links = GraphLinks(graph)
    for (index, node) in graph.nodes.enumerated() {
      guard let binary = node.operation as? Operations.Binary, binary.function == .add,
        graph.type(node.inputs[0]) == graph.type(node.inputs[1])
      else { continue }
      // The later one is computed next to the sum.
      for (own, other) in [(node.inputs[1], node.inputs[0]), (node.inputs[0], node.inputs[1])] {
        guard let producer = links.onlyProducer(of: own), !absorbed.contains(producer) else { continue }
        let source = graph.nodes[producer]
        switch source.operation {
        case let gradient as Operations.ConvolutionInputGradient
        where gradient.addsPlainly && source.inputs.count == 2:
          replacements[index] = Replacement(
            operation: gradient, inputs: source.inputs + [other], producer: producer)
          absorbed.insert(producer)
        case var gradient as Operations.ChannelScaleGradient where source.inputs.count == 3:
          guard let repeated = links.onlyProducer(of: other), !absorbed.contains(repeated),
            let expand = graph.nodes[repeated].operation as? Operations.ScaledExpand,
            graph.type(graph.nodes[repeated].inputs[0]) == graph.type(source.inputs[1])
          else { continue }
          gradient.factor = expand.factor
          replacements[index] = Replacement(
            operation: gradient, inputs: source.inputs + graph.nodes[repeated].inputs, producer: producer)
          absorbed.formUnion([producer, repeated])
        default: continue
        }
        break
      }
    }
  }
}
