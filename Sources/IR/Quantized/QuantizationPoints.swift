/// Where a deployable graph can run in integers, and which of its values are integers then.
///
/// It follows from the graph alone. Values between operations are bytes; a depthwise convolution's result that goes on to
/// squeeze-excite or to the prologue of a pointwise convolution is 16-bit words, and what the prologue makes of them is bytes
/// again. Squeeze-excite itself and all operations without a form in integers compute in floating point: what they take is
/// made real before, and what integer operations want of their results becomes bytes after.
public struct QuantizationPoints: Sendable {
  /// How many bits a value has.
  public enum Width: Sendable, Hashable { case byte, word }

  /// The nodes that run in integers, by index.
  public private(set) var nodes: Set<Int> = []
  /// Why other nodes do not, by index; squeeze-excite, whose weights are bytes, is not among them.
  public private(set) var refusals: [Int: String] = [:]
  /// The values that are integers, in order.
  public private(set) var values: [(id: Graph.ValueID, width: Width)] = []
  /// The nodes that make bytes of words before they multiply, by index.
  public private(set) var prologues: [Int] = []
  /// The parameters that are bytes with a scale for each output channel, each with its node, in order.
  public private(set) var weights: [(parameter: Graph.ValueID, node: Int)] = []
  /// The biases that are 32-bit integers, each with its node.
  public private(set) var biases: [(parameter: Graph.ValueID, node: Int)] = []
  private var forms: [Int: IntegerForm] = [:]

  /// The points of a graph.
  ///
  /// - Parameter floats: the names of the first results of nodes that are to stay in floating point.
  public init(_ graph: Graph, keepingFloats floats: Set<String> = []) {
    let uses = Uses(graph)
    let words = Set(
      graph.nodes.indices.filter { Self.givesWords(graph.nodes[$0], uses, graph, floats) }
        .map { graph.nodes[$0].results[0] })
    for (index, node) in graph.nodes.enumerated() {
      if node.operation is Operations.SqueezeExcite {
        let parameters = [node.inputs[1], node.inputs[3]]
        if parameters.allSatisfy({ uses.isOwn($0) }) { weights += parameters.map { ($0, index) } }
        continue
      }
      do throws(IntegerRefusal) {
        forms[index] = try Self.form(of: node, graph, uses, words: words, floats)
        nodes.insert(index)
      } catch {
        refusals[index] = error.reason
      }
    }
    collect(graph)
  }

  /// The values that a node takes as integers; empty if it runs in floating point.
  public func data(of node: Int) -> [Graph.ValueID] { forms[node]?.data ?? [] }

  /// A node's weight among its inputs; nil if it has none or runs in floating point.
  public func weight(of node: Int) -> Graph.ValueID? { forms[node]?.weight }

  /// A node's bias among its inputs; nil if it has none or runs in floating point.
  public func bias(of node: Int) -> Graph.ValueID? { forms[node]?.bias }

  private mutating func collect(_ graph: Graph) {
    var widths: [Graph.ValueID: Width] = [:]
    for index in nodes.sorted() {
      guard let form = forms[index] else { continue }
      for id in form.data { widths[id] = id == form.words ? .word : widths[id] ?? .byte }
      switch form.result {
      case .bytes: widths[graph.nodes[index].results[0]] = .byte
      case .words: widths[graph.nodes[index].results[0]] = .word
      case .realOrBytes: break
      }
      if form.words != nil { prologues.append(index) }
      if let weight = form.weight { weights.append((weight, index)) }
      if let bias = form.bias { biases.append((bias, index)) }
    }
    values = widths.sorted { $0.key < $1.key }.map { (id: $0.key, width: $0.value) }
    weights.sort { $0.parameter < $1.parameter }
  }

  /// Whether a node is a depthwise convolution whose sums go on as words.
  private static func givesWords(_ node: Graph.Node, _ uses: Uses, _ graph: Graph, _ floats: Set<String>) -> Bool {
    guard let operation = node.operation as? Operations.Depthwise, operation.activation == nil,
      (try? form(of: node, graph, uses, words: [node.results[0]], floats)) != nil
    else { return false }
    if operation.emitsMean { return true }
    return uses.users[node.results[0], default: []].contains { index in
      guard let user = graph.nodes[index].operation as? Operations.Pointwise else { return false }
      return graph.nodes[index].inputs[0] == node.results[0] && (user.hasScale || user.prologueActivation != nil)
    }
  }

  /// The integer form of a node in its graph.
  private static func form(
    of node: Graph.Node, _ graph: Graph, _ uses: Uses, words: Set<Graph.ValueID>, _ floats: Set<String>
  ) throws(IntegerRefusal) -> IntegerForm {
    if floats.contains(graph[node.results[0]].name) { throw IntegerRefusal("it was asked to stay in floating point") }
    let form = try IntegerForm(node) { words.contains($0) }
    for id in form.data {
      if uses.parameters.contains(id) { throw IntegerRefusal("it takes a parameter as a value") }
      if words.contains(id), id != form.words { throw IntegerRefusal("it takes a depthwise convolution's words") }
    }
    if let weight = form.weight {
      guard uses.isOwn(weight), form.bias.map({ uses.isOwn($0) }) ?? true else {
        throw IntegerRefusal("its weights are not its own")
      }
      let shape = graph.type(weight).fixedShape ?? []
      // Each product is up to 255 · 127; half of int32 is left for the bias.
      guard shape.dropFirst().reduce(1, { $0.multipliedReportingOverflow(by: $1).partialValue }) <= 33_000 else {
        throw IntegerRefusal("its sums do not fit 32 bits")
      }
    }
    switch node.operation {
    case let mean as Operations.Mean where mean.axes != Array(2..<graph.type(node.inputs[0]).rank):
      throw IntegerRefusal("the mean is not over all positions")
    case is Operations.Mean where !uses.isMultiplied(node.results[0], in: graph):
      // That of a network's results, which are better kept as they are.
      throw IntegerRefusal("its result is not multiplied with weights")
    case is Operations.Binary where graph.type(node.inputs[0]) != graph.type(node.inputs[1]):
      throw IntegerRefusal("the sum broadcasts")
    default: return form
    }
  }
}

/// Which nodes use a value.
private struct Uses {
  private(set) var users: [Graph.ValueID: [Int]] = [:]
  let parameters: Set<Graph.ValueID>
  private let hasScaleName: Set<Graph.ValueID>

  init(_ graph: Graph) {
    parameters = Set(graph.parameters.map(\.value))
    let paths = Set(graph.parameters.map(\.path))
    hasScaleName = Set(
      graph.parameters.filter { paths.contains(QuantizationTable.scalePath($0.path)) }.map(\.value))
    for (index, node) in graph.nodes.enumerated() {
      for id in node.inputs { users[id, default: []].append(index) }
    }
  }

  /// Whether a value is what an operation with weights takes.
  func isMultiplied(_ id: Graph.ValueID, in graph: Graph) -> Bool {
    users[id, default: []].contains { index in
      let node = graph.nodes[index]
      return node.inputs[0] == id && node.inputs.count > 1 && parameters.contains(node.inputs[1])
    }
  }

  /// Whether a value is a parameter of one node alone, and the name of its scales is free.
  func isOwn(_ id: Graph.ValueID) -> Bool {
    parameters.contains(id) && users[id]?.count == 1 && !hasScaleName.contains(id)
  }
}
