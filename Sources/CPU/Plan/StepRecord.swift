import IR

/// What a step of a plan stands for: its kernel, the operations that it does, and the work and memory traffic of a run.
public struct StepRecord: Sendable, Equatable, Codable {
  /// An operation of the graph, or its share in a step: what one of several steps does for it, or a change of layout.
  public struct Part: Sendable, Equatable, Codable {
    /// The operation's name, as in the graph's text form; `layout` for a change of layout, `state` for what follows the operations.
    public let operation: String
    /// The path of the layer, as in `blocks.2.res_blocks.1.branch2`; empty at the top.
    public let path: String
    /// The path of its first parameter, which names it in ``KernelChoices``; empty if it has none.
    public let parameter: String
    /// The shapes of the values that it takes, parameters left out: of one clip where a batch goes clip by clip.
    public let inputShapes: [[Int]]
    /// The shapes of its results.
    public let outputShapes: [[Int]]
    /// Its multiply-adds, each time that it is done.
    public let multiplyAdds: Int
  }

  /// The kernel's name; joined by `+` where two work row by row.
  public let kernel: String
  /// What it does, in order; more than one where operations are done together.
  public let parts: [Part]
  /// How many times a run does it: once for each clip of a batch that goes clip by clip.
  public private(set) var repeats = 1
  /// Bytes of values that it reads, each time.
  let readBytes: Int
  /// Bytes of values that it writes, each time.
  let writtenBytes: Int
  /// Bytes of packed weights that it reads, each time.
  let constantBytes: Int

  /// The path of the layer; where the step does several layers' operations, what their paths have in common.
  public var path: String {
    let paths = parts.map { $0.path.split(separator: ".") }
    let common = paths.dropFirst().reduce(paths.first ?? []) { common, path in
      zip(common, path).prefix { $0 == $1 }.map(\.0)
    }
    return common.joined(separator: ".")
  }
  /// Multiply-adds of a run.
  public var multiplyAdds: Int { parts.reduce(0) { $0 + $1.multiplyAdds } * repeats }
  /// Floating-point operations of a run: two for each multiply-add; elementwise work is not counted.
  public var flops: Int { 2 * multiplyAdds }
  /// Bytes of values that a run reads here, padding included; each value counts once, however often a kernel comes back to
  /// it.
  public var bytesRead: Int { readBytes * repeats }
  /// Bytes of values that a run writes here.
  public var bytesWritten: Int { writtenBytes * repeats }
  /// Bytes of packed weights that a run reads here.
  public var bytesOfWeights: Int { constantBytes * repeats }
  /// All bytes that a run moves here.
  public var bytes: Int { bytesRead + bytesWritten + bytesOfWeights }

  /// The same step, done a number of times.
  func repeated(_ times: Int) -> StepRecord {
    var result = self
    result.repeats = times
    return result
  }

  /// The step that does what this one and a following one do, without the value between them.
  func joined(with next: StepRecord) -> StepRecord {
    StepRecord(
      kernel: next.kernel, parts: parts + next.parts, readBytes: readBytes + next.readBytes,
      writtenBytes: next.writtenBytes, constantBytes: constantBytes + next.constantBytes)
  }
}

extension [StepRecord] {
  /// What steps stand for that are done together, one record each, with the values between them.
  fileprivate var chained: StepRecord {
    StepRecord(
      kernel: map(\.kernel).joined(separator: "+"), parts: flatMap(\.parts),
      readBytes: reduce(0) { $0 + $1.readBytes }, writtenBytes: reduce(0) { $0 + $1.writtenBytes },
      constantBytes: reduce(0) { $0 + $1.constantBytes })
  }
}

/// The book of what steps stand for, kept while a plan is built.
struct StepLedger {
  private(set) var records: [StepRecord] = []
  private let graph: Graph
  private let links: GraphLinks
  private let parameterPaths: [Graph.ValueID: String]
  /// The operation whose steps follow; nil after all operations.
  private var node: Graph.Node?
  /// Its multiply-adds, until a step is credited with them.
  private var multiplyAdds = 0
  /// The size of each constant, and which of them belong to the step that comes next.
  private var constantBytes: [Location: Int] = [:]
  private var pending: Set<Location> = []

  init(_ graph: Graph, _ links: GraphLinks, parameterPaths: [Graph.ValueID: String]) {
    self.graph = graph
    self.links = links
    self.parameterPaths = parameterPaths
  }

  /// The steps that follow are this operation's.
  mutating func start(_ node: Graph.Node) {
    self.node = node
    let shapes = [node.inputs, node.results].map { $0.map { graph.type($0).fixedShape ?? [] } }
    multiplyAdds = node.operation.multiplyAdds(inputs: shapes[0], results: shapes[1])
  }

  /// The steps that follow write the graph's states.
  mutating func startStates() {
    node = nil
    multiplyAdds = 0
  }

  /// The operation's next step reads a new constant.
  mutating func addConstant(_ location: Location, bytes: Int) {
    constantBytes[location] = bytes
    pending.insert(location)
  }

  /// Takes down a step of the current operation, or one that brings a value into another layout.
  ///
  /// - Parameter bytes: the size of a value where it is.
  mutating func append(
    _ step: any Step, converting value: Graph.ValueID?, reads: [Location], writes: [Location],
    bytes: (Location) -> Int
  ) {
    var constants = Set(reads.filter { constantBytes[$0] != nil })
    let values = Set(reads).subtracting(constants)
    if value == nil {
      constants.formUnion(pending)
      pending = []
    }
    records.append(
      StepRecord(
        kernel: step.kernelName, parts: [value.map { conversion(of: $0) } ?? nextPart()],
        readBytes: values.reduce(0) { $0 + bytes($1) }, writtenBytes: Set(writes).reduce(0) { $0 + bytes($1) },
        constantBytes: constants.reduce(0) { $0 + (constantBytes[$1] ?? 0) }))
  }

  /// The latest two steps are one, without the value between them.
  mutating func joinLatest() {
    guard let second = records.popLast(), let first = records.popLast() else { return }
    records.append(first.joined(with: second))
  }

  /// The steps are in another order now, some of them together.
  mutating func rearrange(_ order: [[Int]]) {
    records = order.map { numbers in numbers.map { records[$0] }.chained }
  }

  private mutating func nextPart() -> StepRecord.Part {
    defer { multiplyAdds = 0 }
    return StepRecord.Part(
      operation: node?.operation.name ?? "state", path: path(of: node), parameter: firstParameter(of: node),
      inputShapes: node?.inputs.filter { parameterPaths[$0] == nil }.map { shape($0) } ?? [],
      outputShapes: (node?.results ?? graph.states.map(\.value)).map { shape($0) }, multiplyAdds: multiplyAdds)
  }

  /// A change of layout belongs to the layer that makes the value; that of an input to the layer that takes it.
  private func conversion(of value: Graph.ValueID) -> StepRecord.Part {
    let maker = links.producers[value].map { graph.nodes[$0] }
    return StepRecord.Part(
      operation: "layout", path: path(of: maker ?? node), parameter: "", inputShapes: [shape(value)],
      outputShapes: [shape(value)],
      multiplyAdds: 0)
  }

  /// The path of the layer; for an operation at the top, that of its parameters.
  private func path(of node: Graph.Node?) -> String {
    guard let node, node.scope.isEmpty else { return node?.scope ?? "" }
    return firstParameter(of: node).split(separator: ".").dropLast().joined(separator: ".")
  }

  private func firstParameter(of node: Graph.Node?) -> String {
    node?.inputs.lazy.compactMap { parameterPaths[$0] }.first ?? ""
  }

  private func shape(_ value: Graph.ValueID) -> [Int] { graph.type(value).fixedShape ?? [] }
}
