import IR

/// A step of a plan: its kernel, its operations, and the work and memory traffic of a run.
public struct StepRecord: Sendable, Equatable, Codable {
  /// An operation of the graph, or the part of it that the step computes, or a change of layout.
  public struct Part: Sendable, Equatable, Codable {
    /// The operation's name, as in the graph's text form; `layout` for a change of layout, `state` for the update of
    /// states.
    public let operation: String
    /// The path of the layer, as in `blocks.2.res_blocks.1.branch2`; empty at the top.
    public let path: String
    /// The path of its first parameter, by which ``KernelChoices`` identify it; empty if it has none.
    public let parameter: String
    /// The shapes of its inputs without parameters; of one clip if a batch runs clip by clip.
    public let inputShapes: [[Int]]
    /// The shapes of its results.
    public let outputShapes: [[Int]]
    /// The number of its multiply-adds, each time that it runs.
    public let multiplyAdds: Int
  }

  /// The name of the kernel; names are joined by `+` if two run row by row.
  public let kernel: String
  /// The operations, in order; several if they are fused.
  public let parts: [Part]
  /// The number of times that it runs: once for each clip of a batch that runs clip by clip.
  public private(set) var repeats = 1
  /// The size in bytes of the values that it reads, each time.
  let readBytes: Int
  /// The size in bytes of the values that it writes, each time.
  let writtenBytes: Int
  /// The size in bytes of the packed weights that it reads, each time.
  let constantBytes: Int

  /// The path of the layer; the common prefix of the paths if the step has operations of several layers.
  public var path: String {
    let paths = parts.map { $0.path.split(separator: ".") }
    let common = paths.dropFirst().reduce(paths.first ?? []) { common, path in
      zip(common, path).prefix { $0 == $1 }.map(\.0)
    }
    return common.joined(separator: ".")
  }
  /// The number of multiply-adds in a run.
  public var multiplyAdds: Int { parts.reduce(0) { $0 + $1.multiplyAdds } * repeats }
  /// The number of floating-point operations in a run: two for each multiply-add; elementwise work is not counted.
  public var flops: Int { 2 * multiplyAdds }
  /// The size in bytes of the values that the step reads in a run, including padding; each value counts once, even if a
  /// kernel reads it repeatedly.
  public var bytesRead: Int { readBytes * repeats }
  /// The size in bytes of the values that the step writes in a run.
  public var bytesWritten: Int { writtenBytes * repeats }
  /// The size in bytes of the packed weights that the step reads in a run.
  public var bytesOfWeights: Int { constantBytes * repeats }
  /// The number of bytes that the step reads and writes in a run.
  public var bytes: Int { bytesRead + bytesWritten + bytesOfWeights }

  /// Returns the record of the step run a number of times.
  func repeated(_ times: Int) -> StepRecord {
    var result = self
    result.repeats = times
    return result
  }

  /// Returns the record of this step and the following one joined, without the value between them.
  func joined(with next: StepRecord) -> StepRecord {
    StepRecord(
      kernel: next.kernel, parts: parts + next.parts, readBytes: readBytes + next.readBytes,
      writtenBytes: next.writtenBytes, constantBytes: constantBytes + next.constantBytes)
  }
}

extension [StepRecord] {
  /// The record of steps that are joined to a chain, including the values between them.
  fileprivate var chained: StepRecord {
    StepRecord(
      kernel: map(\.kernel).joined(separator: "+"), parts: flatMap(\.parts),
      readBytes: reduce(0) { $0 + $1.readBytes }, writtenBytes: reduce(0) { $0 + $1.writtenBytes },
      constantBytes: reduce(0) { $0 + $1.constantBytes })
  }
}

/// The records of the steps, while a plan is built.
struct StepLedger {
  private(set) var records: [StepRecord] = []
  private let graph: Graph
  private let links: GraphLinks
  private let parameterPaths: [Graph.ValueID: String]
  /// The operation that the following steps belong to; nil after all operations.
  private var node: Graph.Node?
  /// The number of its multiply-adds, until they are assigned to a step.
  private var multiplyAdds = 0
  /// The size of each constant, and the constants that belong to the next step.
  private var constantBytes: [Location: Int] = [:]
  private var pending: Set<Location> = []

  init(_ graph: Graph, _ links: GraphLinks, parameterPaths: [Graph.ValueID: String]) {
    self.graph = graph
    self.links = links
    self.parameterPaths = parameterPaths
  }

  /// Starts an operation: the following steps belong to it.
  mutating func start(_ node: Graph.Node) {
    self.node = node
    let shapes = [node.inputs, node.results].map { $0.map { graph.type($0).fixedShape ?? [] } }
    multiplyAdds = node.operation.multiplyAdds(inputs: shapes[0], results: shapes[1])
  }

  /// Starts the update of states: the following steps belong to it.
  mutating func startStates() {
    node = nil
    multiplyAdds = 0
  }

  /// Adds a constant that the next step reads.
  mutating func addConstant(_ location: Location, bytes: Int) {
    constantBytes[location] = bytes
    pending.insert(location)
  }

  /// Records a step of the current operation, or one that converts a value to another layout.
  ///
  /// - Parameter bytes: Returns the size in bytes of the value at a location.
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

  /// Joins the records of the latest two steps, without the value between them.
  mutating func joinLatest() {
    guard let second = records.popLast(), let first = records.popLast() else { return }
    records.append(first.joined(with: second))
  }

  /// Reorders the records, and joins some of them.
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

  /// Returns the part for a change of layout, which belongs to the layer that computes the value; for an input, to the
  /// layer that takes it.
  private func conversion(of value: Graph.ValueID) -> StepRecord.Part {
    let maker = links.producers[value].map { graph.nodes[$0] }
    return StepRecord.Part(
      operation: "layout", path: path(of: maker ?? node), parameter: "", inputShapes: [shape(value)],
      outputShapes: [shape(value)],
      multiplyAdds: 0)
  }

  /// Returns the path of the layer; for an operation without a layer, that of its parameters.
  private func path(of node: Graph.Node?) -> String {
    guard let node, node.scope.isEmpty else { return node?.scope ?? "" }
    return firstParameter(of: node).split(separator: ".").dropLast().joined(separator: ".")
  }

  private func firstParameter(of node: Graph.Node?) -> String {
    node?.inputs.lazy.compactMap { parameterPaths[$0] }.first ?? ""
  }

  private func shape(_ value: Graph.ValueID) -> [Int] { graph.type(value).fixedShape ?? [] }
}
