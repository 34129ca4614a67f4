import Tensors

/// A model as data: operations on values, in an order in which they can run.
///
/// The only representation of a model: builders and importers make it, the interpreter runs it, passes rewrite it. Weights
/// are not in it: each parameter has a path, under which its tensor is found.
public struct Graph: Sendable {
  /// A value's identity: its index in ``values``.
  public struct ValueID: Hashable, Sendable, Comparable {
    /// The index in ``Graph/values``.
    public let index: Int

    /// Values are ordered by when they were added.
    public static func < (left: ValueID, right: ValueID) -> Bool { left.index < right.index }
  }

  /// An input of the graph, a parameter, a state, or the result of an operation.
  public struct Value: Sendable {
    /// The input's or state's name, the parameter's path, or `%` and a number.
    public let name: String
    /// What is known of the value.
    public let type: ValueType
  }

  /// What a parameter is for.
  public enum Role: String, Sendable {
    /// Trained.
    case weight
    /// Kept with the weights, but not trained: running statistics.
    case buffer
  }

  /// A value that comes with the model.
  public struct Parameter: Sendable {
    /// The path of the layer and the parameter's name in it, as in `blocks.0.conv.conv_t.weight`.
    public let path: String
    /// Whether it is trained.
    public let role: Role
    /// Its value in the graph.
    public let value: ValueID
  }

  /// One operation with its inputs and results.
  public struct Node: Sendable {
    /// What is computed.
    public let operation: any Operation
    /// What it is computed from.
    public let inputs: [ValueID]
    /// What it gives.
    public let results: [ValueID]
    /// The path of the layer that added it; empty at the top.
    public let scope: String
  }

  /// All values; a ``ValueID`` is an index in this.
  public internal(set) var values: [Value] = []
  /// The values given to each run.
  public internal(set) var inputs: [ValueID] = []
  /// The values that come with the model.
  public internal(set) var parameters: [Parameter] = []
  /// The values that a run hands on to the next one.
  public internal(set) var states: [State] = []
  /// The operations; each comes after those whose results it takes.
  public internal(set) var nodes: [Node] = []
  /// The values that a run returns.
  public internal(set) var outputs: [ValueID] = []
  /// The first mistake made while building; ``verify()`` throws it.
  var buildError: GraphError?

  /// A graph without values.
  init() {}

  /// The value with an identity.
  public subscript(id: ValueID) -> Value { values[id.index] }

  /// What is known of a value.
  public func type(_ id: ValueID) -> ValueType { values[id.index].type }

  /// The type of each input, under its name, in order.
  public var inputTypes: [(name: String, type: ValueType)] { inputs.map { (self[$0].name, type($0)) } }

  /// How many numbers the trained parameters hold.
  public var weightCount: Int {
    parameters.filter { $0.role == .weight }.reduce(0) { $0 &+ (type($1.value).fixedShape ?? []).reduce(1, &*) }
  }

  mutating func addValue(name: String, type: ValueType) -> ValueID {
    values.append(Value(name: name, type: type))
    return ValueID(index: values.count - 1)
  }

  mutating func addInput(name: String, type: ValueType) -> ValueID {
    let id = addValue(name: name, type: type)
    inputs.append(id)
    return id
  }

  mutating func addParameter(path: String, role: Role, type: ValueType) -> ValueID {
    let id = addValue(name: path, type: type)
    parameters.append(Parameter(path: path, role: role, value: id))
    return id
  }

  /// Adds an operation after all others.
  ///
  /// - Throws: ``GraphError/operation(_:scope:inputs:reason:)`` if it cannot take its inputs.
  mutating func addNode(
    _ operation: any Operation, inputs: [ValueID], scope: String
  ) throws(GraphError) -> [ValueID] {
    let types = try resultTypes(of: operation, inputs: inputs.map { type($0) }, scope: scope)
    let results = types.map { addValue(name: "%\(values.count)", type: $0) }
    nodes.append(Node(operation: operation, inputs: inputs, results: results, scope: scope))
    return results
  }

  /// The types that an operation gives, with the operation's name and scope in the error if it cannot take its inputs.
  func resultTypes(
    of operation: any Operation, inputs: [ValueType], scope: String
  ) throws(GraphError) -> [ValueType] {
    do throws(ShapeError) {
      let types = try operation.resultTypes(inputs)
      for type in types where type.rank > 6 { throw ShapeError("the result would have \(type.rank) axes, more than 6") }
      return types
    } catch {
      throw .operation(operation.name, scope: scope, inputs: inputs, reason: error.reason)
    }
  }
}

extension Graph {
  /// The same graph for inputs of given shapes: every value's type with the symbols replaced by numbers.
  ///
  /// A state's symbols are those of inputs, or of values that are computed before an operation takes the state.
  ///
  /// - Parameter shapes: one shape per input, in order.
  /// - Throws: ``GraphError`` if the graph does not take such inputs, naming the operation that does not fit.
  public func specialized(to shapes: [[Int]]) throws(GraphError) -> Graph {
    try verify()
    guard shapes.count == inputs.count else {
      throw .inputCount(expected: inputs.map { self[$0].name }, found: shapes.count)
    }
    var result = self
    var lengths = StateLengths(self)
    for (id, shape) in zip(inputs, shapes) {
      let found = ValueType(shape.map { .fixed($0) }, elementType: type(id).elementType)
      try checkInput(id, found)
      result.values[id.index] = Value(name: self[id].name, type: found)
      lengths.learn(from: id, found)
    }
    for node in nodes {
      for id in node.inputs { try lengths.settle(id, in: &result) }
      let types = try resultTypes(of: node.operation, inputs: node.inputs.map { result.type($0) }, scope: node.scope)
      for (id, type) in zip(node.results, types) {
        result.values[id.index] = Value(name: self[id].name, type: type)
        lengths.learn(from: id, type)
      }
    }
    for state in states {
      try lengths.settle(state.value, in: &result)
      try result.check(state)
    }
    return result
  }

  /// Checks that there is a tensor of the right type for each input.
  ///
  /// - Throws: ``GraphError`` that names the first input that does not fit.
  package func check(inputs tensors: [Tensor]) throws(GraphError) {
    guard tensors.count == inputs.count else {
      throw .inputCount(expected: inputs.map { self[$0].name }, found: tensors.count)
    }
    for (id, tensor) in zip(inputs, tensors) { try checkInput(id, ValueType(tensor)) }
  }

  /// Checks that an input of the graph can have the given type.
  func checkInput(_ id: ValueID, _ found: ValueType) throws(GraphError) {
    let expected = type(id)
    guard found.elementType == expected.elementType, found.rank == expected.rank,
      zip(found.shape, expected.shape).allSatisfy({ $0.isCompatible(with: $1) }),
      found.shape.allSatisfy({ ($0.value ?? 1) >= 0 })
    else { throw .input(name: self[id].name, expected: expected, found: found) }
  }

  /// How many multiply-adds each operation takes; the shapes must be known (``specialized(to:)``).
  ///
  /// - Returns: one count per node, 0 where a shape is unknown.
  public func multiplyAdds() -> [Int] {
    nodes.map { node in
      let inputs = node.inputs.compactMap { type($0).fixedShape }
      let results = node.results.compactMap { type($0).fixedShape }
      guard inputs.count == node.inputs.count, results.count == node.results.count else { return 0 }
      return node.operation.multiplyAdds(inputs: inputs, results: results)
    }
  }
}
