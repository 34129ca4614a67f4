extension Graph {
  /// Returns the graph without what layers, parameters and states were called: layers have no paths, and parameters and states are
  /// numbered. Inputs keep their names.
  ///
  /// - Returns: The graph, and the new name for each path of a parameter and each name of a state.
  package func withoutNames() -> (graph: Graph, names: [String: String]) {
    var graph = self
    var names: [String: String] = [:]
    let taken = Set(inputs.map { self[$0].name })
    var number = 0
    func rename(_ id: ValueID) -> String {
      var name: String
      repeat {
        // Results have numbers of their own, after a % alone.
        name = "%p\(number)"
        number += 1
      } while taken.contains(name)
      names[self[id].name] = name
      graph.values[id.index] = Value(name: name, type: type(id))
      return name
    }
    graph.parameters = parameters.map { Parameter(path: rename($0.value), role: $0.role, value: $0.value) }
    for state in states { _ = rename(state.value) }
    graph.nodes = nodes.map { Node(operation: $0.operation, inputs: $0.inputs, results: $0.results, scope: "") }
    return (graph, names)
  }
}
