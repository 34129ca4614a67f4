extension Graph {
  /// Returns the path of the block that each operation belongs to.
  func blockPaths() -> [String] {
    let parameterIDs = Set(parameters.map(\.value))
    let isWeighted = nodes.map { node in
      node.inputs.contains { parameterIDs.contains($0) && type($0).rank > 1 }
    }
    let scopes = ScopeTree(paths: nodes.map { $0.scope.split(separator: ".") }, isWeighted: isWeighted)
    var paths = [String?](repeating: nil, count: nodes.count)
    for block in scopes.blocks() where block.nodes.contains(where: { hasParameters($0, parameterIDs) }) {
      for node in block.nodes { paths[node] = block.path }
    }
    // An operation without a block belongs to the block before it; at the start, to the one after it.
    var path = paths.lazy.compactMap { $0 }.first ?? ""
    return paths.map { own in
      path = own ?? path
      return path
    }
  }

  private func hasParameters(_ node: Int, _ parameterIDs: Set<ValueID>) -> Bool {
    nodes[node].inputs.contains { parameterIDs.contains($0) }
  }
}

/// The layers of a network by their paths, and their division into blocks.
private struct ScopeTree {
  /// For each operation, the names of the layers that contain it, outermost first.
  let paths: [[Substring]]
  /// Whether each operation is a convolution, a linear map or the like.
  let isWeighted: [Bool]

  /// The operations of a layer.
  struct Part {
    let depth: Int
    let name: Substring
    var nodes: [Int]
  }

  /// Returns the blocks by path, without the operations of no layer.
  func blocks() -> [(path: String, nodes: [Int])] {
    parts(of: Array(paths.indices), depth: 0, isNetwork: true)?.map { part in
      (paths[part.nodes[0]].prefix(part.depth).joined(separator: "."), part.nodes)
    } ?? []
  }

  /// Returns the parts that a layer is divided into; nil if it stays whole.
  private func parts(of nodes: [Int], depth: Int, isNetwork: Bool) -> [Part]? {
    var children: [Part] = []
    for node in nodes where paths[node].count > depth {
      let name = paths[node][depth]
      if let place = children.firstIndex(where: { $0.name == name }) {
        children[place].nodes.append(node)
      } else {
        children.append(Part(depth: depth + 1, name: name, nodes: [node]))
      }
    }
    let computesItself = nodes.contains { paths[$0].count == depth }
    if children.isEmpty || computesItself && !isNetwork { return nil }
    if children.count == 1 {
      let inner = parts(of: children[0].nodes, depth: depth + 1, isNetwork: isNetwork)
      return inner ?? (isNetwork || isSequence(children) ? children : nil)
    }
    guard isNetwork || isSequence(children) else { return nil }
    return children.flatMap { parts(of: $0.nodes, depth: depth + 1, isNetwork: false) ?? [$0] }
  }

  /// Returns whether layers are numbered and large enough to be blocks.
  private func isSequence(_ parts: [Part]) -> Bool {
    let numbered = parts.filter { $0.name.last?.isNumber == true }
    let isNumbered = parts.count == 1 ? parts[0].name.allSatisfy(\.isNumber) : numbered.count >= 2
    return isNumbered && numbered.contains { part in part.nodes.count { isWeighted[$0] } >= 2 }
  }
}
