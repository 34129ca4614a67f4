import Tensors

/// A graph together with its weights and where its operations come from: what passes take and give.
///
/// A value: a pass makes a new program and leaves the one that it was given as it is.
public struct ModelProgram: Sendable {
  /// What is computed.
  public let graph: Graph
  /// The parameters' values, by path; none but the graph's own.
  public let weights: [String: Tensor]
  /// For each node of the graph, which operations of the original form it stands for.
  public let provenance: [Provenance]

  /// A program in original form: each operation stands for itself.
  ///
  /// - Throws: ``GraphError`` if the graph is not well-formed or a weight is missing or of another type.
  public init(_ graph: Graph, weights: [String: Tensor]) throws(GraphError) {
    try graph.verify()
    try graph.check(weights: weights)
    self.graph = graph
    let paths = Set(graph.parameters.map(\.path))
    self.weights = weights.filter { paths.contains($0.key) }
    provenance = graph.nodes.enumerated().map { index, node in
      Provenance(origins: [.init(index: index, node)])
    }
  }

  /// The same program with other values for its parameters.
  ///
  /// - Throws: ``GraphError`` if one is missing or of another type.
  public func with(weights: [String: Tensor]) throws(GraphError) -> ModelProgram {
    try graph.check(weights: weights)
    return try ModelProgram(graph: graph, weights: weights, provenance: provenance)
  }

  /// A program that a rewriter has put together.
  init(graph: Graph, weights: [String: Tensor], provenance: [Provenance]) throws(GraphError) {
    try graph.verify()
    self.graph = graph
    self.weights = weights
    self.provenance = provenance
  }
}

/// Where an operation of a rewritten graph comes from.
public struct Provenance: Sendable, Equatable {
  /// An operation of the original form.
  public struct Origin: Hashable, Sendable {
    /// The index of its node in the original graph.
    public let index: Int
    /// Its name, as in `batch_norm`.
    public let operation: String
    /// What it does: the function for operations that are one, as in `relu`; else its name.
    public let label: String
    /// The path of the layer that added it.
    public let scope: String

    init(index: Int, _ node: Graph.Node) {
      self.index = index
      operation = node.operation.name
      scope = node.scope
      label =
        switch node.operation {
        case let activation as Operations.Activation: activation.function.rawValue
        case let binary as Operations.Binary: binary.function.rawValue
        default: node.operation.name
        }
    }
  }

  /// The operations of the original form that it stands for, in the order in which they were fused.
  public var origins: [Origin]
  /// The efficient block that it is, if it is one.
  public var block: String?
  /// Why it could not be an efficient block that it resembles.
  public var refusals: [String] = []

  /// What one operation that stands for several comes from: all of their origins, the first one's block.
  static func merged(_ parts: [Provenance]) -> Provenance {
    var result = Provenance(origins: [])
    for part in parts {
      result.origins += part.origins.filter { !result.origins.contains($0) }
      result.block = result.block ?? part.block
      result.refusals += part.refusals.filter { !result.refusals.contains($0) }
    }
    return result
  }
}

extension Graph {
  /// Checks that there is a value of the right type for each parameter; see ``ValueType/admits(_:)``.
  ///
  /// - Throws: ``GraphError/parameter(path:expected:found:)`` for the first one that has none.
  public func check(weights: [String: Tensor]) throws(GraphError) {
    for parameter in parameters {
      let expected = type(parameter.value)
      guard let tensor = weights[parameter.path], expected.admits(tensor) else {
        let found = weights[parameter.path].map { ValueType($0) }
        throw .parameter(path: parameter.path, expected: expected, found: found)
      }
    }
  }
}
