import Tensors

/// Makes a graph operation by operation, for code that derives graphs from other graphs.
public struct GraphWriter {
  /// The graph so far.
  public private(set) var graph = Graph()
  /// The path of the layer of the operations that are added next.
  public var scope = ""

  /// Creates a graph without values.
  public init() {}

  /// Adds an input.
  ///
  /// - Parameters:
  ///   - name: The name.
  ///   - type: The type.
  public mutating func addInput(_ name: String, _ type: ValueType) -> Graph.ValueID {
    graph.addInput(name: name, type: type)
  }

  /// Adds a parameter.
  ///
  /// - Parameters:
  ///   - path: The path.
  ///   - type: The type, with a known shape.
  ///   - role: Whether it is trained.
  public mutating func addParameter(_ path: String, _ type: ValueType, role: Graph.Role) -> Graph.ValueID {
    graph.addParameter(path: path, role: role, type: type)
  }

  /// Adds a state with the initial value of its elements; it must be updated once.
  ///
  /// - Parameters:
  ///   - name: The name.
  ///   - type: The type; its shape can have symbols.
  ///   - initial: The value of all elements before the first run.
  public mutating func addState(_ name: String, _ type: ValueType, initial: Double) -> Graph.ValueID {
    graph.addState(name: name, type: type, initial: initial)
  }

  /// Sets the value of a state for the next run.
  ///
  /// - Parameters:
  ///   - state: The state.
  ///   - next: The value for the next run.
  /// - Throws: ``GraphError`` if the value is of another type, or the state is updated already.
  public mutating func update(_ state: Graph.ValueID, to next: Graph.ValueID) throws(GraphError) {
    try graph.update(state, to: next)
  }

  /// Adds an operation after all others.
  ///
  /// - Parameters:
  ///   - operation: The operation.
  ///   - inputs: The values that it takes.
  /// - Returns: Its results.
  /// - Throws: ``GraphError/operation(_:scope:inputs:reason:)`` if it cannot take the inputs.
  public mutating func add(
    _ operation: any Operation, _ inputs: [Graph.ValueID]
  ) throws(GraphError) -> [Graph.ValueID] {
    try graph.addNode(operation, inputs: inputs, scope: scope)
  }

  /// Returns the types of the results that an operation would have.
  ///
  /// - Throws: ``GraphError/operation(_:scope:inputs:reason:)`` if it cannot take the inputs.
  package func resultTypes(of operation: any Operation, _ inputs: [ValueType]) throws(GraphError) -> [ValueType] {
    try graph.resultTypes(of: operation, inputs: inputs, scope: scope)
  }

  /// Returns the tensor of a value whose elements follow from known lengths; nil for other values.
  package func knownTensor(of id: Graph.ValueID) -> Tensor? { graph.type(id).knownTensor }

  /// Returns the lengths of a value's axes.
  ///
  /// - Throws: ``GraphError/malformed(_:)`` if some are not known.
  public func shape(_ id: Graph.ValueID) throws(GraphError) -> [Int] {
    guard let shape = graph.type(id).fixedShape else {
      throw .malformed("\(graph[id].name) is \(graph.type(id)): its shape must be known")
    }
    return shape
  }

  /// Returns the graph with its outputs.
  ///
  /// - Throws: ``GraphError`` if it is not well-formed.
  public func finish(outputs: [Graph.ValueID]) throws(GraphError) -> Graph {
    var result = graph
    result.outputs = outputs
    try result.verify()
    return result
  }
}
