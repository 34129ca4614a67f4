/// The values of the symbols in the shapes of states, while a graph is specialized.
struct StateLengths {
  private let source: Graph
  /// The states whose shapes have symbols.
  private var open: Set<Graph.ValueID>
  private var lengths: [Dimension: Dimension] = [:]

  init(_ source: Graph) {
    self.source = source
    open = Set(source.states.map(\.value).filter { source.type($0).fixedShape == nil })
  }

  /// Records the numbers for the symbols in the type of a value.
  mutating func learn(from id: Graph.ValueID, _ found: ValueType) {
    guard !open.isEmpty else { return }
    for (symbol, length) in zip(source.type(id).shape, found.shape) where lengths[symbol] == nil {
      lengths[symbol] = length
    }
  }

  /// Sets the shape of a value, if it is a state whose shape has symbols.
  mutating func settle(_ id: Graph.ValueID, in graph: inout Graph) throws(GraphError) {
    guard open.remove(id) != nil else { return }
    var type = source.type(id)
    for (axis, length) in type.shape.enumerated() where length.value == nil {
      guard let known = lengths[length] else {
        throw .malformed("the length \(length) of the state '\(source[id].name)' does not follow from the inputs")
      }
      type.shape[axis] = known
    }
    graph.values[id.index] = Graph.Value(name: source[id].name, type: type)
  }
}
