/// Makes a graph operation by operation: for code that makes graphs of other graphs.
public struct GraphWriter {
  /// The graph so far.
  public private(set) var graph = Graph()
  /// The path of the layer that operations added from now on belong to.
  public var scope = ""

  /// A graph without values.
  public init() {}

  /// Adds an input.
  public mutating func addInput(_ name: String, _ type: ValueType) -> Graph.ValueID {
    graph.addInput(name: name, type: type)
  }

  /// Adds a state, to be updated once: in the first run, all its elements are `initial`.
  public mutating func addState(_ name: String, _ type: ValueType, initial: Double) -> Graph.ValueID {
    graph.addState(name: name, type: type, initial: initial)
  }

  /// Says what a state is in the next run.
  ///
  /// - Throws: ``GraphError`` if the value is of another type, or the state is updated already.
  public mutating func update(_ state: Graph.ValueID, to next: Graph.ValueID) throws(GraphError) {
    try graph.update(state, to: next)
  }

  /// Adds an operation after all others.
  ///
  /// - Returns: its results.
  /// - Throws: ``GraphError/operation(_:scope:inputs:reason:)`` if it cannot take the inputs.
  public mutating func add(
    _ operation: any Operation, _ inputs: [Graph.ValueID]
  ) throws(GraphError) -> [Graph.ValueID] {
    try graph.addNode(operation, inputs: inputs, scope: scope)
  }

  /// The lengths of a value's axes.
  ///
  /// - Throws: ``GraphError/malformed(_:)`` if some are not known.
  public func shape(_ id: Graph.ValueID) throws(GraphError) -> [Int] {
    guard let shape = graph.type(id).fixedShape else {
      throw .malformed("\(graph[id].name) is \(graph.type(id)): its shape must be known")
    }
    return shape
  }

  /// The graph with its outputs.
  ///
  /// - Throws: ``GraphError`` if it is not well-formed.
  public func finish(outputs: [Graph.ValueID]) throws(GraphError) -> Graph {
    var result = graph
    result.outputs = outputs
    try result.verify()
    return result
  }
}
