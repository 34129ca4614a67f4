import IR

extension Graph {
  /// Returns the same graph with the sums over all ranks of its last outputs, the gradients, in their place: a few vectors
  /// of several gradients each.
  ///
  /// A vector is summed as soon as its gradients are there, while those of earlier layers are computed. All ranks have the
  /// same vectors in the same order, as they have the same operations.
  ///
  /// - Parameters:
  ///   - count: The number of gradients.
  ///   - ranks: The ranks.
  ///   - bucketSize: The number of elements from which on a vector is full.
  /// - Returns: The graph, and for each vector the numbers of its gradients.
  func summingGradients(
    _ count: Int, over ranks: RankLink, bucketSize: Int = 1 << 18
  ) throws(GraphError) -> (graph: Graph, buckets: [[Int]]) {
    var numbers: [ValueID: [Int]] = [:]
    for (number, id) in outputs.suffix(count).enumerated() { numbers[id, default: []].append(number) }
    var writer = GraphWriter()
    var values: [ValueID: ValueID] = [:]
    for id in inputs { values[id] = writer.addInput(self[id].name, type(id)) }
    let last = nodes.lastIndex { $0.results.contains { numbers[$0] != nil } } ?? 0
    var buckets: [[Int]] = []
    var sums: [ValueID] = []
    var (open, openValues, size): ([Int], [ValueID], Int) = ([], [], 0)
    for (index, node) in nodes.enumerated() {
      writer.scope = node.scope
      let results = try writer.add(node.operation, node.inputs.compactMap { values[$0] })
      for (old, new) in zip(node.results, results) {
        values[old] = new
        for number in numbers[old] ?? [] {
          open.append(number)
          openValues.append(new)
          size += try writer.shape(new).reduce(1, *)
        }
      }
      guard !open.isEmpty, size >= bucketSize || index == last else { continue }
      writer.scope = ""
      sums += try writer.add(Operations.SumOverRanks(ranks: ranks, isLast: index == last), openValues)
      buckets.append(open)
      (open, openValues, size) = ([], [], 0)
    }
    return (try writer.finish(outputs: outputs.dropLast(count).compactMap { values[$0] } + sums), buckets)
  }
}
