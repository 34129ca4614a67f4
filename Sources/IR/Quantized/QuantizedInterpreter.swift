import Tensors

/// Runs a quantized graph with the reference implementation of each operation: slow, and the result that every
/// instruction set must match byte for byte.
public struct QuantizedInterpreter: Sendable {
  let graph: Graph
  let weights: [String: Tensor]
  let table: QuantizationTable
  let points: QuantizationPoints

  /// Creates an interpreter of a graph in deployable form.
  ///
  /// - Parameters:
  ///   - graph: The graph.
  ///   - weights: The tensors by path, as ``QuantizationTable/tensorTypes(for:)`` lists them.
  ///   - table: How values are quantized.
  /// - Throws: ``GraphError`` if the parts do not fit together.
  public init(_ graph: Graph, weights: [String: Tensor], table: QuantizationTable) throws(GraphError) {
    try graph.verify()
    try table.check(weights: weights, for: graph)
    self.graph = graph
    self.weights = weights
    self.table = table
    points = try table.points(in: graph)
  }

  /// Runs the graph with the initial values of its states.
  ///
  /// - Parameters:
  ///   - inputs: A tensor for each input, in order, of the graph's element types; float32 for real numbers.
  ///   - observe: Called with each value of the graph when it is computed.
  /// - Returns: A tensor for each output; float32 for real numbers.
  /// - Throws: ``GraphError`` if an input does not fit; ``NotANumber`` if a value to quantize is NaN; what `observe`
  ///   throws.
  public func run(
    _ inputs: [Tensor], observe: (Graph.ValueID, QuantizedValue) throws -> Void = { _, _ in }
  ) throws -> [Tensor] {
    var states: [String: Tensor] = [:]
    return try run(inputs, states: &states, observe: observe)
  }

  /// Runs the graph as one of several consecutive runs.
  ///
  /// Between runs, a state is the real numbers that its integers represent; they are quantized again if an integer
  /// operation takes them.
  ///
  /// - Parameters:
  ///   - inputs: As in ``run(_:observe:)``.
  ///   - states: The states by name; empty before the first run. Replaced by those for the next run.
  ///   - observe: As in ``run(_:observe:)``.
  /// - Returns: As ``run(_:observe:)``.
  /// - Throws: As ``run(_:observe:)``; ``StateError`` if the states do not fit.
  public func run(
    _ inputs: [Tensor], states: inout [String: Tensor],
    observe: (Graph.ValueID, QuantizedValue) throws -> Void = { _, _ in }
  ) throws -> [Tensor] {
    let shaped = try graph.specialized(to: inputs.map(\.shape))
    for (id, tensor) in zip(graph.inputs, inputs) { try shaped.checkInput(id, ValueType(tensor)) }
    try shaped.checkMemory()
    var values: [Graph.ValueID: QuantizedValue] = [:]
    func define(_ id: Graph.ValueID, _ value: QuantizedValue) throws {
      let value = try quantized(value, as: id)
      values[id] = value
      try observe(id, value)
    }
    for (id, tensor) in zip(graph.inputs, inputs) { try define(id, .real(tensor)) }
    for (id, tensor) in try shaped.states(from: states).sorted(by: { $0.key < $1.key }) {
      try define(id, .real(tensor))
    }
    let quantizedWeights = Set(points.weights.map(\.parameter))
    for parameter in graph.parameters {
      guard let tensor = weights[parameter.path] else { continue }
      let isQuantized = quantizedWeights.contains(parameter.value)
      values[parameter.value] = .real(
        isQuantized ? tensor.dequantized(scales: table.scales(of: parameter.value, weights, graph)) : tensor)
    }
    let links = GraphLinks(graph)
    for (index, node) in shaped.nodes.enumerated() {
      let operands = node.inputs.compactMap { values[$0] }
      for (id, result) in zip(node.results, try results(of: index, node, operands)) { try define(id, result) }
      for id in node.inputs where links.lastUse(of: id) == index { values[id] = nil }
    }
    states = graph.states { values[$0]?.real }
    return graph.outputs.compactMap { values[$0]?.real }
  }

  private func results(
    of index: Int, _ node: Graph.Node, _ operands: [QuantizedValue]
  ) throws(GraphError) -> [QuantizedValue] {
    let (operation, scope) = (node.operation, node.scope)
    if let form = points.form(of: index) {
      let name = graph.resultName(index)
      return form.meaning(
        IntegerOperands(
          form, values: operands, result: table.values[name], prologue: table.prologues[name],
          stored: { weights[graph[$0].name] }, scales: { table.scales(of: $0, weights, graph) }))
    }
    let real = operands.map(\.real)
    if case .storedWeights(_, let meaning) = operation.facts.integers { return meaning(real).map { .real($0) } }
    return try operation.evaluate(real, scope: scope).map { .real($0) }
  }

  /// Returns a value with the quantization of the table: real numbers that an integer operation takes become bytes.
  private func quantized(_ value: QuantizedValue, as id: Graph.ValueID) throws(NotANumber) -> QuantizedValue {
    guard case .real(let tensor) = value, case .byte(let quantization) = table.values[graph[id].name] else {
      return value
    }
    guard tensor.elements(as: Float.self).allSatisfy({ !$0.isNaN }) else {
      throw NotANumber(value: graph[id].name)
    }
    return .bytes(
      tensor.mapped(from: Float.self) { Reference.Quantized.quantize($0, quantization) }, quantization)
  }
}

/// An error for a value to quantize that is NaN.
public struct NotANumber: UserFacingError, Equatable {
  /// The value's name in the graph.
  public let value: String

  /// A sentence that names the value.
  public var description: String { "the value \(value) is NaN: check the input and the weights" }
}
