extension Graph {
  /// Returns the graph with other outputs, to observe inner values.
  public func exposing(_ values: [ValueID]) -> Graph {
    var graph = self
    graph.outputs = values
    return graph
  }
}
