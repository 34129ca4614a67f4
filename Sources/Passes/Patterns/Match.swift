import IR
import Tensors

/// The nodes of a program that a pattern has matched.
public struct Match: Sendable {
  /// The program.
  public let program: ModelProgram
  /// The indices of the matched nodes, by part.
  fileprivate(set) var nodes: [String: Int] = [:]
  /// The matched nodes that the replacement takes the place of.
  fileprivate(set) var consumed: [Int]
  /// The index at which the replacement is inserted.
  fileprivate(set) var position: Int

  /// The graph.
  public var graph: Graph { program.graph }

  /// The node that a part has matched.
  ///
  /// - Precondition: The part is in the pattern.
  public subscript<Kind: Operation>(part: Part<Kind>) -> MatchedNode<Kind> {
    guard let index = nodes[part.name], let operation = graph.nodes[index].operation as? Kind else {
      preconditionFailure("the pattern has no part '\(part.name)' of this kind")
    }
    return MatchedNode(index: index, operation: operation, node: graph.nodes[index])
  }

  /// Returns the index of the node that a pattern of any kind with this name has matched.
  ///
  /// - Precondition: The name is in the pattern.
  func index(_ name: String) -> Int {
    guard let index = nodes[name] else { preconditionFailure("the pattern has no part '\(name)'") }
    return index
  }

  /// Returns the node that a pattern of any kind with this name has matched.
  func node(_ name: String) -> Graph.Node { graph.nodes[index(name)] }

  /// Returns the type of a value.
  public func type(_ id: Graph.ValueID) -> ValueType { graph.type(id) }

  /// Returns the path of a parameter; nil for a computed value.
  public func path(_ id: Graph.ValueID) -> String? {
    // The name of a parameter is its path, and no other value has it.
    let name = graph[id].name
    return program.weights[name] == nil ? nil : name
  }

  /// Returns the tensor of a parameter; nil for a computed value.
  public func tensor(_ id: Graph.ValueID) -> Tensor? { path(id).flatMap { program.weights[$0] } }
}

/// A node that a pattern has matched, with the type of its operation.
public struct MatchedNode<Kind: Operation>: Sendable {
  /// The node's index in the graph.
  public let index: Int
  /// The node's operation.
  public let operation: Kind
  /// The node.
  public let node: Graph.Node

  /// The node's inputs.
  public var inputs: [Graph.ValueID] { node.inputs }
  /// The node's first result.
  public var result: Graph.ValueID { node.results[0] }
}

/// The producers and users of a program's values, for matching.
struct Matcher {
  let program: ModelProgram
  private let links: GraphLinks

  init(_ program: ModelProgram) {
    self.program = program
    links = GraphLinks(program.graph)
  }

  /// Returns the match of a pattern whose last node is the one at `index`.
  func match(_ pattern: Pattern, at index: Int) -> Match? {
    extend(Match(program: program, consumed: [index], position: index), pattern, at: index)
  }

  private func extend(_ match: Match, _ pattern: Pattern, at index: Int) -> Match? {
    let node = program.graph.nodes[index]
    guard pattern.accepts(node.operation), node.inputs.count >= pattern.operands.count else { return nil }
    var match = match
    match.nodes[pattern.name] = index
    for inputs in orders(node.inputs, pattern) {
      if let result = extend(match, operands: zip(pattern.operands, inputs)) { return result }
    }
    return nil
  }

  private func orders(_ inputs: [Graph.ValueID], _ pattern: Pattern) -> [[Graph.ValueID]] {
    guard pattern.commutes, inputs.count == 2 else { return [inputs] }
    let swapped = [inputs[1], inputs[0]]
    return inputs[0] < inputs[1] ? [swapped, inputs] : [inputs, swapped]
  }

  private func extend(
    _ match: Match, operands: some Sequence<(Pattern.Operand, Graph.ValueID)>
  ) -> Match? {
    var match = match
    for (operand, id) in operands {
      let pattern: Pattern
      switch operand {
      case .anything: continue
      case .onlyUse(let inner), .result(let inner), .replaced(let inner): pattern = inner
      }
      guard let producer = links.producers[id] else { return nil }
      let node = program.graph.nodes[producer]
      guard id == node.results[0] else { return nil }
      switch operand {
      case .onlyUse:
        guard links.useCount(of: id) == 1, node.results.dropFirst().allSatisfy({ links.useCount(of: $0) == 0 }) else {
          return nil
        }
        match.consumed.append(producer)
      case .replaced:
        match.consumed.append(producer)
        match.position = min(match.position, producer)
      case .result, .anything: break
      }
      guard let extended = extend(match, pattern, at: producer) else { return nil }
      match = extended
    }
    return match
  }
}
