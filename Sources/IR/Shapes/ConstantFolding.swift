import Tensors

/// Evaluates, while a graph is specialized, what depends on shapes and constants alone.
struct ConstantFolding {
  /// The values that are known.
  private var known: [Graph.ValueID: Tensor] = [:]
  /// Constants take memory for as long as a plan exists; what is larger is computed in each run.
  private var budget = FoldingBudget(largest: 1 << 26)

  /// Replaces an operation by its result, if that is known, or by one that has known integers as attributes; returns
  /// the types of its results.
  ///
  /// - Throws: ``GraphError/operation(_:scope:inputs:reason:)`` if it cannot take its inputs.
  mutating func fold(_ index: Int, in graph: inout Graph) throws(GraphError) -> [ValueType] {
    let node = graph.nodes[index]
    let inputs = node.inputs.map { graph.type($0) }
    var types = try graph.resultTypes(of: node.operation, inputs: inputs, scope: node.scope)
    if let tensors = try tensors(of: node, inputs, types) {
      for (id, tensor) in zip(node.results, tensors) { known[id] = tensor }
      graph.nodes[index] = Graph.Node(
        operation: Operations.Constant(tensors), inputs: [], results: node.results, scope: node.scope)
      return tensors.map { .known($0) }
    }
    if let operation = node.operation as? any DynamicOperation, let first = node.inputs.first {
      let integers = node.inputs.dropFirst().compactMap { known[$0]?.integers }
      guard integers.count == node.inputs.count - 1 else { return types }
      let fixed: any Operation
      do throws(ShapeError) { fixed = try operation.fixed(by: integers, for: inputs[0]) } catch {
        throw .operation(node.operation.name, scope: node.scope, inputs: inputs, reason: error.reason)
      }
      graph.nodes[index] = Graph.Node(operation: fixed, inputs: [first], results: node.results, scope: node.scope)
      types = try graph.resultTypes(of: fixed, inputs: [inputs[0]], scope: node.scope)
    }
    return types
  }

  /// Returns the results of a node that are known; nil if they depend on inputs of the graph or parameters.
  private mutating func tensors(of node: Graph.Node, _ inputs: [ValueType], _ types: [ValueType]) throws(GraphError)
    -> [Tensor]?
  {
    if let constant = node.operation as? Operations.Constant { return constant.tensors }
    let elements = types.compactMap(\.knownTensor)
    if elements.count == types.count { return elements }
    let operands = node.inputs.compactMap { known[$0] }
    guard !operands.isEmpty, operands.count == node.inputs.count,
      budget.allows(node.operation, operands, results: types)
    else { return nil }
    return try node.operation.evaluate(operands, scope: node.scope)
  }
}

/// An operation that takes integers, after its first input, where another one has attributes: it becomes the other one
/// as soon as the integers are known.
public protocol DynamicOperation: Operation {
  /// Returns the operation on the first input alone that has these integers as attributes.
  ///
  /// - Parameters:
  ///   - integers: The elements of each input after the first.
  ///   - x: The type of the first input.
  /// - Throws: ``ShapeError`` if the integers are not valid.
  func fixed(by integers: [[Int]], for x: ValueType) throws(ShapeError) -> any Operation
}

extension DynamicOperation {
  /// Clips are mixed, as far as is known.
  public var facts: OperationFacts { OperationFacts(reach: .batch, cost: .uncounted, integers: .none) }

  /// Returns the results of the operation with the integers as attributes.
  public func evaluate(_ inputs: [Tensor]) throws(ValueError) -> [Tensor] {
    let operation: any Operation
    do throws(ShapeError) {
      operation = try fixed(by: inputs.dropFirst().map(\.integers), for: ValueType(inputs[0]))
    } catch { throw ValueError(error.reason) }
    return try operation.evaluate([inputs[0]])
  }

  /// Returns the types of the results, if the integers are known already.
  func knownTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType]? {
    let integers = inputs.dropFirst().compactMap { $0.knownTensor?.integers }
    guard integers.count == inputs.count - 1 else { return nil }
    return try fixed(by: integers, for: inputs[0]).resultTypes([inputs[0]])
  }
}

extension [ValueType] {
  /// Checks that there are inputs in this number, and that all after the first are int64 with one axis.
  func requireDynamic(_ counts: ClosedRange<Int>) throws(ShapeError) {
    guard counts.contains(count) else { throw ShapeError("it takes \(counts.upperBound) inputs") }
    for type in dropFirst() {
      guard type.elementType == .int64, type.rank == 1 else {
        throw ShapeError("shapes are int64 values with one axis")
      }
    }
  }
}

extension Graph {
  /// The tensors of constants.
  package var constants: [ValueID: Tensor] {
    var tensors: [ValueID: Tensor] = [:]
    for node in nodes {
      guard let constant = node.operation as? Operations.Constant else { continue }
      for (id, tensor) in zip(node.results, constant.tensors) { tensors[id] = tensor }
    }
    return tensors
  }

  /// The indices of the nodes that a run computes: without constants, and without what nothing needs, such as values of
  /// which only the shape was used.
  package var computedNodes: [Int] {
    var needed = Set(finalValues)
    var indices: [Int] = []
    for (index, node) in nodes.enumerated().reversed() where node.results.contains(where: needed.contains) {
      needed.formUnion(node.inputs)
      if !(node.operation is Operations.Constant) { indices.append(index) }
    }
    return indices.reversed()
  }
}
