extension Graph {
  /// A part of a network as people speak of it: a stem, a residual block, a head.
  public struct Block: Sendable {
    /// The path of the layer, as in `blocks.1.res_blocks.0`; empty where layers have no names.
    public let path: String
    /// Its operations, by their index in ``Graph/nodes``, in order.
    public let nodes: [Int]
    /// How many operations of each kind it has, in the order of their first use.
    public let operations: [(name: String, count: Int)]
    /// The shape of the value that it hands on.
    public let outputShape: [Dimension]
    /// How many numbers its trained parameters hold; one that two blocks use counts for the first.
    public let parameters: Int
    /// How many multiply-adds it takes; nil if a shape is not known (see ``Graph/specialized(to:)``).
    public let multiplyAdds: Int?
  }

  /// The network in blocks, in the order of their first operations.
  ///
  /// Blocks are found by the paths of layers. The network is taken apart into its layers, and these into theirs where they are
  /// numbered (stages, residual blocks, sequences) and have several convolutions or linear maps each; a layer that
  /// computes something itself, such as the sum of a residual block, stays whole. What has no parameters belongs to the
  /// block before it.
  public func blocks() -> [Block] {
    var paths: [String] = []
    var nodesOfPath: [String: [Int]] = [:]
    for (index, path) in blockPaths().enumerated() {
      if nodesOfPath[path] == nil { paths.append(path) }
      nodesOfPath[path, default: []].append(index)
    }
    let counts = multiplyAdds()
    var counted = Set<ValueID>()
    return paths.map { path in
      block(path, nodes: nodesOfPath[path] ?? [], multiplyAdds: counts, counted: &counted)
    }
  }

  private func block(
    _ path: String, nodes indices: [Int], multiplyAdds counts: [Int], counted: inout Set<ValueID>
  ) -> Block {
    var operations: [(name: String, count: Int)] = []
    for name in indices.map({ nodes[$0].operation.name }) {
      if let place = operations.firstIndex(where: { $0.name == name }) {
        operations[place].count += 1
      } else {
        operations.append((name, 1))
      }
    }
    let used = Set(indices.flatMap { nodes[$0].inputs })
    let fresh = parameters.filter { used.contains($0.value) && counted.insert($0.value).inserted }
    let values = indices.flatMap { nodes[$0].inputs + nodes[$0].results }
    let shapesAreKnown = values.allSatisfy { type($0).fixedShape != nil }
    return Block(
      path: path, nodes: indices, operations: operations,
      outputShape: results(leaving: indices).last.map { type($0).shape } ?? [],
      parameters: fresh.filter { $0.role == .weight }
        .reduce(0) { $0 &+ (type($1.value).fixedShape ?? []).reduce(1, &*) },
      multiplyAdds: shapesAreKnown ? indices.reduce(0) { $0 + counts[$1] } : nil)
  }

  /// The results of some operations that others, the graph's caller or states take, in order.
  package func results(leaving indices: [Int]) -> [ValueID] {
    let inside = Set(indices)
    var taken = Set(finalValues)
    for (index, node) in nodes.enumerated() where !inside.contains(index) { taken.formUnion(node.inputs) }
    return indices.flatMap { nodes[$0].results }.filter(taken.contains)
  }
}
