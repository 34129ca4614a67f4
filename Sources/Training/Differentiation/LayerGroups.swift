import IR

/// The operations of a network that are fused in training: a batch norm with a residual and an activation after it, and
/// a channel scale with its activation.
///
/// All of them are limited by memory bandwidth, so one pass over the values matters more than the arithmetic. Only
/// values that nothing else uses disappear into a group.
struct LayerGroups {
  /// What a group of nodes computes.
  enum Group {
    /// A batch norm, the node of that index.
    case norm(index: Int, residual: Graph.ValueID?, activation: ActivationFunction)
    /// `activation(x · scale)`.
    case channelScale(x: Graph.ValueID, scale: Graph.ValueID, activation: ActivationFunction?)
  }

  /// The groups, by the index of their last node.
  private(set) var groups: [Int: Group] = [:]
  /// The indices of the groups' other nodes.
  private(set) var members: Set<Int> = []
  private let graph: Graph
  private let links: GraphLinks

  /// Finds the groups of a network of known shapes.
  ///
  /// - Parameter takesStatistics: Returns whether a batch norm uses the batch's statistics.
  init(_ graph: Graph, takesStatistics: (Graph.Node) -> Bool) {
    self.graph = graph
    links = GraphLinks(graph)
    let norms = Set(
      graph.nodes.indices.filter {
        graph.nodes[$0].operation is Operations.BatchNorm && takesStatistics(graph.nodes[$0])
      })
    for (index, node) in graph.nodes.enumerated() {
      switch node.operation {
      case let binary as Operations.Binary where binary.function == .multiply: addChannelScale(index, node)
      case let activation as Operations.Activation: addActivation(activation.function, index, node, norms)
      default: break
      }
    }
  }

  private mutating func addChannelScale(_ index: Int, _ node: Graph.Node) {
    let result = graph.type(node.results[0])
    for (x, scale) in [(node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0])] {
      let pixel = result.shape.prefix(2) + result.shape.dropFirst(2).map { _ in .fixed(1) }
      guard result.rank > 2, graph.type(x) == result, graph.type(scale).shape == Array(pixel), x != scale,
        result.shape != Array(pixel)
      else { continue }
      groups[index] = .channelScale(x: x, scale: scale, activation: nil)
      return
    }
  }

  private mutating func addActivation(
    _ function: ActivationFunction, _ index: Int, _ node: Graph.Node, _ norms: Set<Int>
  ) {
    guard let before = links.onlyProducer(of: node.inputs[0]) else { return }
    if norms.contains(before) {
      groups[index] = .norm(index: before, residual: nil, activation: function)
      members.insert(before)
    } else if case .channelScale(let x, let scale, nil) = groups[before] {
      groups[before] = nil
      groups[index] = .channelScale(x: x, scale: scale, activation: function)
      members.insert(before)
    } else if let binary = graph.nodes[before].operation as? Operations.Binary, binary.function == .add,
      function == .relu
    {
      let inputs = graph.nodes[before].inputs
      for (own, residual) in [(inputs[1], inputs[0]), (inputs[0], inputs[1])] {
        guard let norm = links.onlyProducer(of: own), norms.contains(norm), graph.type(own) == graph.type(residual)
        else {
          continue
        }
        groups[index] = .norm(index: norm, residual: residual, activation: function)
        members.formUnion([norm, before])
        return
      }
    }
  }
}
