import Tensors

/// Makes a new program from an old one, node by node, without changing the old one.
///
/// Visit the nodes of the old graph in order, and for each either ``keep(_:refusals:)`` it, or
/// ``add(_:inputs:standingFor:)`` operations in its place and ``replace(_:by:)`` its results; then ``finish()``. Unused
/// operations and parameters are removed.
public struct GraphRewriter {
  /// A value of the new graph; a type of its own, so that it cannot be confused with a value of the old graph.
  public struct Value: Hashable, Sendable {
    fileprivate let id: Graph.ValueID
  }

  /// The program that is being rewritten.
  public let source: ModelProgram
  /// The efficient block of the operations that are added next.
  public var block: String?
  /// The reasons why the operations that are added next could not be the blocks that they resemble.
  public var refusals: [String] = []

  private var graph = Graph()
  private var weights: [Graph.ValueID: Tensor] = [:]
  private var provenance: [Provenance] = []
  private var substitutes: [Graph.ValueID: Value] = [:]

  /// Creates a rewriter, whose new program has the inputs, parameters and states of `source`.
  ///
  /// - Parameters:
  ///   - source: The program to rewrite.
  ///   - inputTypes: The types of the new program's inputs that differ from those of `source`.
  public init(_ source: ModelProgram, inputTypes: [Graph.ValueID: ValueType] = [:]) {
    self.source = source
    for id in source.graph.inputs {
      let type = inputTypes[id] ?? source.graph.type(id)
      substitutes[id] = Value(id: graph.addInput(name: source.graph[id].name, type: type))
    }
    for parameter in source.graph.parameters {
      let type = source.graph.type(parameter.value)
      let id = graph.addParameter(path: parameter.path, role: parameter.role, type: type)
      weights[id] = source.weights[parameter.path]
      substitutes[parameter.value] = Value(id: id)
    }
    for state in source.graph.states {
      let (name, type) = (source.graph[state.value].name, source.graph.type(state.value))
      substitutes[state.value] = Value(id: graph.addState(name: name, type: type, initial: state.initial))
    }
  }

  /// Returns the value in the new graph that replaces one of the old graph.
  ///
  /// - Throws: ``GraphError/malformed(_:)`` if the value is not computed yet.
  public func value(for old: Graph.ValueID) throws(GraphError) -> Value {
    guard let value = substitutes[old] else {
      throw .malformed("a rewrite uses \(source.graph[old].name) before it is computed")
    }
    return value
  }

  /// Returns the values in the new graph that replace those of the old graph.
  public func values(for old: some Sequence<Graph.ValueID>) throws(GraphError) -> [Value] {
    var values: [Value] = []
    for id in old { values.append(try value(for: id)) }
    return values
  }

  /// Returns the type of a value of the new graph.
  public func type(of value: Value) -> ValueType { graph.type(value.id) }

  /// Keeps a node of the old graph.
  ///
  /// - Parameters:
  ///   - index: The index of the node in the old graph.
  ///   - refusals: The reasons why it could not be an efficient block.
  public mutating func keep(_ index: Int, refusals: [String] = []) throws(GraphError) {
    let node = source.graph.nodes[index]
    let results = try graph.addNode(
      node.operation, inputs: try values(for: node.inputs).map(\.id), scope: node.scope)
    provenance.append(.merged([source.provenance[index], Provenance(origins: [], refusals: refusals)]))
    for (old, new) in zip(node.results, results) { substitutes[old] = Value(id: new) }
  }

  /// Adds an operation in place of nodes of the old graph, with the scope of the first of them.
  ///
  /// - Parameters:
  ///   - operation: The operation.
  ///   - inputs: The values that it takes, of the new graph.
  ///   - nodes: The indices of the nodes of the old graph that it replaces.
  /// - Returns: Its results.
  /// - Throws: ``GraphError`` if it cannot take the inputs.
  @discardableResult
  public mutating func add(
    _ operation: any Operation, inputs: [Value], standingFor nodes: [Int]
  ) throws(GraphError) -> [Value] {
    let scope = nodes.first.map { source.graph.nodes[$0].scope } ?? ""
    let results = try graph.addNode(operation, inputs: inputs.map(\.id), scope: scope)
    let own = Provenance(origins: [], block: block, refusals: refusals)
    provenance.append(.merged([own] + nodes.map { source.provenance[$0] }))
    return results.map { Value(id: $0) }
  }

  /// Adds a parameter; if its path is taken, a number is appended to it.
  ///
  /// - Parameters:
  ///   - path: The path.
  ///   - tensor: The value.
  public mutating func addParameter(_ path: String, _ tensor: Tensor) -> Value {
    let id = graph.addParameter(path: path, role: .weight, type: ValueType(tensor))
    weights[id] = tensor
    return Value(id: id)
  }

  /// Adds a state with the initial value of its elements; it must be updated once.
  ///
  /// - Parameters:
  ///   - name: The name.
  ///   - type: The type; its shape can have symbols.
  ///   - initial: The value of all elements before the first run.
  public mutating func addState(_ name: String, _ type: ValueType, initial: Double) -> Value {
    Value(id: graph.addState(name: name, type: type, initial: initial))
  }

  /// Sets the value of an added state for the next run. States of the old graph are updated to the values that replace
  /// those that they were updated to.
  ///
  /// - Parameters:
  ///   - state: The state.
  ///   - next: The value for the next run.
  /// - Throws: ``GraphError`` if the value is of another type, or the state is updated already.
  public mutating func update(_ state: Value, to next: Value) throws(GraphError) {
    try graph.update(state.id, to: next.id)
  }

  /// Replaces a value of the old graph by `new`, for all later users.
  ///
  /// - Parameters:
  ///   - old: The value of the old graph.
  ///   - new: The value of the new graph.
  public mutating func replace(_ old: Graph.ValueID, by new: Value) { substitutes[old] = new }

  /// Returns the new program, with only the operations and parameters that its outputs and states need.
  ///
  /// - Throws: ``GraphError`` if an output of the old graph has no replacement, or the new graph is not well-formed.
  public func finish() throws(GraphError) -> ModelProgram { try finishNamingValues().program }

  /// Returns the new program as ``finish()`` does, and the names in it of the values that it contains.
  ///
  /// - Throws: As ``finish()``.
  package func finishNamingValues() throws(GraphError) -> (program: ModelProgram, names: [Value: String]) {
    var graph = graph
    graph.outputs = try values(for: source.graph.outputs).map(\.id)
    // The states of the old graph come first.
    for (old, new) in zip(source.graph.states, graph.states) {
      try graph.update(new.value, to: value(for: old.next).id)
    }
    var isLive = Set(graph.finalValues)
    for node in graph.nodes.reversed() where node.results.contains(where: isLive.contains) {
      isLive.formUnion(node.inputs)
    }
    var result = Graph()
    var tensors: [String: Tensor] = [:]
    var ids: [Graph.ValueID: Graph.ValueID] = [:]
    for id in graph.inputs { ids[id] = result.addInput(name: graph[id].name, type: graph.type(id)) }
    for parameter in graph.parameters where isLive.contains(parameter.value) {
      let path = Self.free(parameter.path, in: tensors)
      tensors[path] = weights[parameter.value]
      ids[parameter.value] = result.addParameter(
        path: path, role: parameter.role, type: graph.type(parameter.value))
    }
    for state in graph.states {
      let (name, type) = (graph[state.value].name, graph.type(state.value))
      ids[state.value] = result.addState(name: name, type: type, initial: state.initial)
    }
    var kept: [Provenance] = []
    for (node, provenance) in zip(graph.nodes, provenance) where node.results.contains(where: isLive.contains) {
      let results = try result.addNode(
        node.operation, inputs: node.inputs.compactMap { ids[$0] }, scope: node.scope)
      for (old, new) in zip(node.results, results) { ids[old] = new }
      kept.append(provenance)
    }
    result.outputs = graph.outputs.compactMap { ids[$0] }
    for state in graph.states {
      if let value = ids[state.value], let next = ids[state.next] { try result.update(value, to: next) }
    }
    let names = Dictionary(uniqueKeysWithValues: ids.map { (Value(id: $0), result[$1].name) })
    return (try ModelProgram(graph: result, weights: tensors, provenance: kept), names)
  }

  private static func free(_ path: String, in tensors: [String: Tensor]) -> String {
    if tensors[path] == nil { return path }
    var number = 2
    while tensors["\(path)_\(number)"] != nil { number += 1 }
    return "\(path)_\(number)"
  }
}
