import IR

/// In which form and number format a block runs.
public struct BlockForm: Sendable, Hashable {
  /// Whether it is compiled of efficient operations; else each operation of the original form is a step of its own.
  public let isDeployable: Bool
  /// The number format.
  public let precision: Precision

  /// A form.
  public init(isDeployable: Bool, precision: Precision) {
    self.isDeployable = isDeployable
    self.precision = precision
  }

  /// Both forms in each number format, the original one first.
  public static let all = Precision.floatingPoint.flatMap { precision in
    [false, true].map { BlockForm(isDeployable: $0, precision: precision) }
  }
}

/// What a kind of block costs in each form.
public struct BlockCost: Sendable {
  /// The first block of its kind in the network.
  public let block: Graph.Block
  /// How many blocks compute the same on values of the same shapes.
  public let count: Int
  /// The milliseconds of one of them, in the order of the forms that were asked for.
  public let milliseconds: [Double]
}

extension HostMeasurer {
  /// What each kind of block of a network costs in some forms.
  ///
  /// - Parameters:
  ///   - network: In original form, its shapes known (`Graph.specialized(to:)`).
  ///   - forms: Take turns on each block.
  ///   - progress: Is called with the number of each kind, from 0, and how many there are.
  /// - Throws: `TransmuterError`, `GraphError` or `RuntimeError` if a block cannot be run here.
  public func costs(
    of network: Graph, in forms: [BlockForm] = BlockForm.all, progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> [BlockCost] {
    var kinds: [(block: Graph.Block, graph: Graph, key: String, count: Int)] = []
    for block in network.blocks() {
      let graph = try network.subgraph(of: block), key = LatencyTable.key(of: graph)
      if let known = kinds.firstIndex(where: { $0.key == key }) {
        kinds[known].count += 1
      } else {
        kinds.append((block, graph, key, 1))
      }
    }
    return try kinds.enumerated().map { index, kind in
      progress(index, kinds.count)
      return BlockCost(
        block: kind.block, count: kind.count, milliseconds: try latencies(of: kind.graph, in: forms))
    }
  }
}
