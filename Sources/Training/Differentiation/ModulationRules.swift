import IR

extension Operations.Modulation: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil, nil] }
    let inputs = node.inputs + [dy]
    return [
      wanted[0] ? try writer.add(Operations.ModulationGradient(activation: activation), inputs)[0] : nil,
      wanted[1] ? try writer.add(Operations.ModulationScaleGradient(activation: activation), inputs)[0] : nil,
    ]
  }
}
