import IR

extension Operations.TemporalSimilarity: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil] }
    return try writer.add(Operations.TemporalSimilarityGradient(frameCount: frameCount), [node.inputs[0], dy]).map {
      $0
    }
  }
}
