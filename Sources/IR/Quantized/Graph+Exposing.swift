extension Graph {
  /// The same graph with other outputs: to see what is inside.
  public func exposing(_ values: [ValueID]) -> Graph {
    var graph = self
    graph.outputs = values
    return graph
  }
}
