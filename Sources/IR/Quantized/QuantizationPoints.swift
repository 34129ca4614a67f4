/// Where a deployable graph can run in integers, and which of its values are integers then.
///
/// It follows from the graph alone. Values between operations are bytes; a depthwise convolution's result that goes on
/// to squeeze-excite or to the prologue of a pointwise convolution is 16-bit values, and the prologue's result is bytes
/// again. Squeeze-excite itself and all operations without an integer form compute in floating point: their inputs are
/// dequantized before, and their results are quantized after where integer operations take them.
public struct QuantizationPoints: Sendable {
  /// The width of a quantized value.
  public enum Width: Sendable, Hashable {
    /// 8 bits.
    case byte
    /// 16 bits.
    case word
  }

  /// The nodes that run in integers, by index.
  public private(set) var nodes: Set<Int> = []
  /// Why other nodes do not, by index; squeeze-excite, whose weights are bytes, is not among them.
  public private(set) var refusals: [Int: String] = [:]
  /// The values that are integers, in order.
  public private(set) var values: [(id: Graph.ValueID, width: Width)] = []
  /// The nodes that convert 16-bit values to bytes before they multiply, by index.
  public private(set) var prologues: [Int] = []
  /// The parameters that are bytes with a scale for each output channel, each with its node, in order.
  public private(set) var weights: [(parameter: Graph.ValueID, node: Int)] = []
  /// The biases that are 32-bit integers, each with its node.
  public private(set) var biases: [(parameter: Graph.ValueID, node: Int)] = []
  private var forms: [Int: IntegerForm] = [:]

  /// Finds the points of a graph.
  ///
  /// - Parameters:
  ///   - graph: The graph, in deployable form.
  ///   - floats: The names of the first results of nodes that stay in floating point.
  public init(_ graph: Graph, keepingFloats floats: Set<String> = []) {
    let links = GraphLinks(graph)
    let own = OwnParameters(graph, links)
    var (words, bytes): (Set<Graph.ValueID>, Set<Graph.ValueID>) = ([], [])
    for (index, node) in graph.nodes.enumerated() {
      let refusal: IntegerRefusal
      switch node.operation.facts.integers {
      case .none: refusal = IntegerRefusal("\(node.operation.name) has no form in integers")
      case .storedWeights(let inputs, _):
        let parameters = inputs.map { node.inputs[$0] }
        if parameters.allSatisfy({ own.contains($0) }) { weights += parameters.map { ($0, index) } }
        continue
      case .form(let form):
        do throws(IntegerRefusal) {
          if floats.contains(graph[node.results[0]].name) {
            throw IntegerRefusal("it was asked to stay in floating point")
          }
          let form = try form(IntegerNode(node: node, graph: graph, links: links, words: words, bytes: bytes))
          try Self.check(form, graph, own, words: words)
          forms[index] = form
          nodes.insert(index)
          switch form.result {
          case .words: words.insert(node.results[0])
          case .bytes, .bytesOfInput: bytes.insert(node.results[0])
          case .realOrBytes: break
          }
          continue
        } catch {
          refusal = error
        }
      }
      refusals[index] = refusal.reason
    }
    collect(graph)
  }

  /// Returns how a node runs in integers; nil if it runs in floating point.
  public func form(of node: Int) -> IntegerForm? { forms[node] }

  private mutating func collect(_ graph: Graph) {
    var widths: [Graph.ValueID: Width] = [:]
    for index in nodes.sorted() {
      guard let form = forms[index] else { continue }
      for id in form.data { widths[id] = id == form.words ? .word : widths[id] ?? .byte }
      switch form.result {
      case .bytes, .bytesOfInput: widths[graph.nodes[index].results[0]] = .byte
      case .words: widths[graph.nodes[index].results[0]] = .word
      case .realOrBytes: break
      }
      if form.words != nil { prologues.append(index) }
      if let layer = form.layer { weights.append((layer.weight, index)) }
      if let bias = form.layer?.bias { biases.append((bias, index)) }
    }
    values = widths.sorted { $0.key < $1.key }.map { (id: $0.key, width: $0.value) }
    weights.sort { $0.parameter < $1.parameter }
  }

  /// Throws if values or weights of a form cannot be integers in this graph.
  private static func check(
    _ form: IntegerForm, _ graph: Graph, _ own: OwnParameters, words: Set<Graph.ValueID>
  ) throws(IntegerRefusal) {
    for id in form.data {
      if own.links.parameters.contains(id) { throw IntegerRefusal("it takes a parameter as a value") }
      guard graph.type(id).elementType.isFloatingPoint else { throw IntegerRefusal("its values are not real numbers") }
      if words.contains(id), id != form.words { throw IntegerRefusal("it takes a depthwise convolution's words") }
    }
    guard let layer = form.layer else { return }
    guard own.contains(layer.weight), layer.bias.map({ own.contains($0) }) ?? true else {
      throw IntegerRefusal("its weights are not its own")
    }
    let shape = graph.type(layer.weight).fixedShape ?? []
    // Each product is up to 255 · 127; half of int32 is left for the bias.
    guard shape.dropFirst().reduce(1, { $0.multipliedReportingOverflow(by: $1).partialValue }) <= 33_000 else {
      throw IntegerRefusal("its sums do not fit 32 bits")
    }
  }
}

/// The parameters that can be integers.
private struct OwnParameters {
  let links: GraphLinks
  private let graph: Graph
  private let paths: Set<String>

  init(_ graph: Graph, _ links: GraphLinks) {
    self.graph = graph
    self.links = links
    paths = Set(graph.parameters.map(\.path))
  }

  /// Returns whether a value is a parameter of one node alone, and the path of its scales is free.
  func contains(_ id: Graph.ValueID) -> Bool {
    links.parameters.contains(id) && links.users[id]?.count == 1
      && !paths.contains(QuantizationTable.scalePath(graph[id].name))
  }
}
