import IR

extension Operations.ChannelScale: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return [nil, nil] }
    let inputs = node.inputs + [dy]
    return [
      wanted[0] ? try writer.add(Operations.ChannelScaleGradient(activation: activation), inputs)[0] : nil,
      wanted[1] ? try writer.add(Operations.ChannelScaleFactorGradient(activation: activation), inputs)[0] : nil,
    ]
  }
}
