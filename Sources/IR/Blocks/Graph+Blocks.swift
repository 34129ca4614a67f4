extension Graph {
  /// A part of a network, such as a stem, a residual block or a head.
  public struct Block: Sendable {
    /// The path of the layer, as in `blocks.1.res_blocks.0`; empty if layers have no names.
    public let path: String
    /// The indices of its operations in ``Graph/nodes``, in order.
    public let nodes: [Int]
    /// The number of operations of each kind, in the order of their first use.
    public let operations: [(name: String, count: Int)]
    /// The shape of its result.
    public let outputShape: [Dimension]
    /// The number of elements in its trained parameters; a parameter that several blocks use counts for the first.
    public let parameters: Int
    /// The number of its multiply-adds; nil if a shape is not known (see ``Graph/specialized(to:)``).
    public let multiplyAdds: Int?
  }

  /// Returns the blocks of the network, in the order of their first operations.
  ///
  /// Blocks are found by the paths of layers. The network is divided into its layers, and these into theirs if they are
  /// numbered (stages, residual blocks, sequences) and have several convolutions or linear maps each. A layer with
  /// operations of its own, such as the sum of a residual block, stays whole. Operations without parameters belong to
  /// the block before them.
  public func blocks() -> [Block] {
    var paths: [String] = []
    var nodesOfPath: [String: [Int]] = [:]
    for (index, path) in blockPaths().enumerated() {
      if nodesOfPath[path] == nil { paths.append(path) }
      nodesOfPath[path, default: []].append(index)
    }
    let (counts, links) = (multiplyAdds(), GraphLinks(self))
    let roles = Dictionary(parameters.map { ($0.value, $0.role) }) { first, _ in first }
    var counted = Set<ValueID>()
    return paths.map { path in
      block(path, nodes: nodesOfPath[path] ?? [], multiplyAdds: counts, links, roles, counted: &counted)
    }
  }

  private func block(
    _ path: String, nodes indices: [Int], multiplyAdds counts: [Int], _ links: GraphLinks, _ roles: [ValueID: Role],
    counted: inout Set<ValueID>
  ) -> Block {
    var operations: [(name: String, count: Int)] = []
    for name in indices.map({ nodes[$0].operation.name }) {
      if let place = operations.firstIndex(where: { $0.name == name }) {
        operations[place].count += 1
      } else {
        operations.append((name, 1))
      }
    }
    let weights = Set(indices.flatMap { nodes[$0].inputs }).filter {
      roles[$0] == .weight && counted.insert($0).inserted
    }
    let values = indices.flatMap { nodes[$0].inputs + nodes[$0].results }
    let shapesAreKnown = values.allSatisfy { type($0).fixedShape != nil }
    return Block(
      path: path, nodes: indices, operations: operations,
      outputShape: results(leaving: indices, links).last.map { type($0).shape } ?? [],
      parameters: weights.reduce(0) { $0 &+ (type($1).fixedShape ?? []).reduce(1, &*) },
      multiplyAdds: shapesAreKnown ? indices.reduce(0) { $0 + counts[$1] } : nil)
  }

  /// Returns the results of some operations that other operations, the graph's outputs or states use, in order.
  package func results(leaving indices: [Int]) -> [ValueID] { results(leaving: indices, GraphLinks(self)) }

  private func results(leaving indices: [Int], _ links: GraphLinks) -> [ValueID] {
    let inside = Set(indices)
    return indices.flatMap { nodes[$0].results }.filter { id in
      links.isFinal(id) || (links.users[id] ?? []).contains { !inside.contains($0) }
    }
  }
}
