import Tensors

/// A model as data: operations on values, in an order in which they can run.
///
/// It is the only representation of a model: builders and importers make it, the interpreter runs it, and passes
/// rewrite it. It does not contain weights: each parameter has a path, by which its tensor is found.
public struct Graph: Sendable {
  /// A value's identity: its index in ``values``.
  public struct ValueID: Hashable, Sendable, Comparable {
    /// The index in ``Graph/values``.
    public let index: Int

    /// Orders values by when they were added.
    public static func < (left: ValueID, right: ValueID) -> Bool { left.index < right.index }
  }

  /// An input of the graph, a parameter, a state, or the result of an operation.
  public struct Value: Sendable {
    /// The input's or state's name, the parameter's path, or `%` and a number.
    public let name: String
    /// The type of the value.
    public let type: ValueType
  }

  /// The role of a parameter.
  public enum Role: String, Sendable {
    /// A parameter that is trained.
    case weight
    /// A parameter that is stored with the weights, but not trained, such as running statistics.
    case buffer
  }

  /// A value that is part of the model.
  public struct Parameter: Sendable {
    /// The path of the layer and the name of the parameter in it, as in `blocks.0.conv.conv_t.weight`.
    public let path: String
    /// The role: whether it is trained.
    public let role: Role
    /// The identity of its value in the graph.
    public let value: ValueID
  }

  /// An operation with its inputs and results.
  public struct Node: Sendable {
    /// The operation.
    public let operation: any Operation
    /// The values that it takes.
    public let inputs: [ValueID]
    /// The values that it computes.
    public let results: [ValueID]
    /// The path of the layer that added it; empty outside of layers.
    public let scope: String
  }

  /// All values; a ``ValueID`` is an index in this array.
  public internal(set) var values: [Value] = []
  /// The values that a run takes.
  public internal(set) var inputs: [ValueID] = []
  /// The parameters, whose values are part of the model.
  public internal(set) var parameters: [Parameter] = []
  /// The states, whose values each run passes to the next one.
  public internal(set) var states: [State] = []
  /// The operations, each after those whose results it takes.
  public internal(set) var nodes: [Node] = []
  /// The values that a run returns.
  public internal(set) var outputs: [ValueID] = []
  /// The first error while building; ``verify()`` throws it.
  var buildError: GraphError?

  /// Creates a graph without values.
  init() {}

  /// Returns the value with the given identity.
  public subscript(id: ValueID) -> Value { values[id.index] }

  /// Returns the type of a value.
  public func type(_ id: ValueID) -> ValueType { values[id.index].type }

  /// The name and the type of each input, in order.
  public var inputTypes: [(name: String, type: ValueType)] { inputs.map { (self[$0].name, type($0)) } }

  /// The type of each output, in order.
  public var outputTypes: [ValueType] { outputs.map { type($0) } }

  /// The number of elements in the trained parameters.
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

  /// Returns the types of an operation's results; an error names the operation and its scope.
  func resultTypes(
    of operation: any Operation, inputs: [ValueType], scope: String
  ) throws(GraphError) -> [ValueType] {
    do throws(ShapeError) {
      let types = operation.addingElements(to: try operation.resultTypes(inputs), from: inputs)
      for type in types where type.rank > ValueType.maximumRank {
        throw ShapeError("the result would have \(type.rank) axes, more than \(ValueType.maximumRank)")
      }
      guard types.allSatisfy(\.isPossible) else { throw ShapeError("the result would be too large") }
      return types
    } catch {
      throw .operation(operation.name, scope: scope, inputs: inputs, reason: error.reason)
    }
  }
}

extension Graph {
  /// Returns the graph for inputs with given shapes: the symbols in the types of all values are replaced by numbers, and
  /// values that depend on shapes and constants alone by ``Operations/Constant``. Values and operations keep their
  /// indices.
  ///
  /// The symbols of a state must occur in inputs, or in values that are computed before an operation takes the state.
  ///
  /// - Parameter shapes: The shape of each input, in order.
  /// - Throws: ``GraphError`` that names the first operation that cannot take its inputs.
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
    var folding = ConstantFolding()
    for (index, node) in nodes.enumerated() {
      for id in node.inputs { try lengths.settle(id, in: &result) }
      for (id, type) in zip(node.results, try folding.fold(index, in: &result)) {
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

  /// Returns the number of multiply-adds of each operation; the shapes must be known (``specialized(to:)``).
  ///
  /// - Returns: A count for each node, 0 if a shape is unknown.
  public func multiplyAdds() -> [Int] {
    nodes.map { node in
      let inputs = node.inputs.compactMap { type($0).fixedShape }
      let results = node.results.compactMap { type($0).fixedShape }
      guard inputs.count == node.inputs.count, results.count == node.results.count else { return 0 }
      return node.operation.multiplyAdds(inputs: inputs, results: results)
    }
  }
}
