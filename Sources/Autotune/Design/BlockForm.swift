import IR

/// The form and number format in which a block runs.
public struct BlockForm: Sendable, Hashable {
  /// Whether it is compiled to efficient operations; otherwise each operation of the original form is a step of its
  /// own.
  public let isDeployable: Bool
  /// The number format.
  public let precision: Precision

  /// Creates a form.
  public init(isDeployable: Bool, precision: Precision) {
    self.isDeployable = isDeployable
    self.precision = precision
  }

  /// Both forms in each number format, the original one first.
  public static let all = Precision.floatingPoint.flatMap { precision in
    [false, true].map { BlockForm(isDeployable: $0, precision: precision) }
  }
}

/// The latency of a kind of block in each form.
public struct BlockCost: Sendable {
  /// The first block of its kind in the network.
  public let block: Graph.Block
  /// The number of blocks that compute the same on values of the same shapes.
  public let count: Int
  /// The latency of one of them in milliseconds, in the order of the forms.
  public let milliseconds: [Double]
}

extension HostMeasurer {
  /// Returns the latency of each kind of block of a network in some forms.
  ///
  /// - Parameters:
  ///   - network: The network in original form, with known shapes (`Graph.specialized(to:)`).
  ///   - forms: The forms, which are measured in turns on each block.
  ///   - progress: Called with the index of each kind, from 0, and the number of kinds.
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
