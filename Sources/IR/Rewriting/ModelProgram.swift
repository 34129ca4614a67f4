import Tensors

/// A graph with its weights and the provenance of its operations, which passes take and return.
///
/// A pass makes a new program, and does not change the one that it takes.
public struct ModelProgram: Sendable {
  /// The graph.
  public let graph: Graph
  /// The parameters of the graph, by path, and no others.
  public let weights: [String: Tensor]
  /// The provenance of each node: the operations of the original form that it replaces.
  public let provenance: [Provenance]

  /// Creates a program in original form: each operation stands for itself.
  ///
  /// - Parameters:
  ///   - graph: The graph, in original form.
  ///   - weights: The parameters of the graph, by path.
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

  /// Returns the program with other values of its parameters.
  ///
  /// - Throws: ``GraphError`` if one is missing or of another type.
  public func with(weights: [String: Tensor]) throws(GraphError) -> ModelProgram {
    try graph.check(weights: weights)
    return try ModelProgram(graph: graph, weights: weights, provenance: provenance)
  }

  /// Creates a program of a rewriter.
  init(graph: Graph, weights: [String: Tensor], provenance: [Provenance]) throws(GraphError) {
    try graph.verify()
    self.graph = graph
    self.weights = weights
    self.provenance = provenance
  }
}

/// The origins of an operation of a rewritten graph.
public struct Provenance: Sendable, Equatable {
  /// An operation of the original form.
  public struct Origin: Hashable, Sendable {
    /// The index of the node in the original graph.
    public let index: Int
    /// The name of the operation, as in `batch_norm`.
    public let operation: String
    /// The label: the function of an activation or binary operation, as in `relu`; else the name.
    public let label: String
    /// The path of the layer.
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

  /// The operations of the original form that it replaces, in the order in which they were fused.
  public var origins: [Origin]
  /// The name of its efficient block; nil if it is not one.
  public var block: String?
  /// The reasons why it could not be an efficient block that it resembles.
  public var refusals: [String] = []

  /// Returns the provenance of an operation that replaces several: all of their origins, with the block of the first.
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
  /// Checks that there is a tensor of the right type for each parameter; see ``ValueType/admits(_:)``.
  ///
  /// - Parameter weights: The parameters by path.
  /// - Throws: ``GraphError/parameter(path:expected:found:)`` for the first parameter without one.
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
