import IR

extension ContinualBuilder.Step {
  /// Returns how the step's values are quantized: those of the clip graph as they are there, and past frames as the values
  /// that they are frames of.
  ///
  /// - Parameters:
  ///   - table: How the clip graph's values are quantized.
  ///   - graph: The clip graph.
  /// - Throws: `GraphError` if the step needs another quantization.
  func quantization(from table: QuantizationTable, of graph: Graph) throws(GraphError) -> QuantizationTable {
    let names = origins.mapValues { graph[$0].name }
    var result = QuantizationTable(
      values: [:], prologues: [:], floats: reals.union(names.filter { table.floats.contains($0.value) }.keys))
    let points = QuantizationPoints(program.graph, keepingFloats: result.floats)
    for (id, _) in points.values {
      let name = program.graph[id].name
      result.values[name] = names[name].flatMap { table.values[$0] }
    }
    for index in points.prologues {
      let name = program.graph.resultName(index)
      result.prologues[name] = names[name].flatMap { table.prologues[$0] }
    }
    _ = try result.points(in: program.graph)
    return result
  }
}
