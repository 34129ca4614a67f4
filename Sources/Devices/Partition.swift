import IR
import Tensors

/// How a graph is shared among devices: in parts that run one after the other, each on the first device that supports its nodes.
///
/// Values between parts go through the host's memory, and so do states; a graph on one device leaves its states there. Integers are not cut: a graph in int8 runs on the first device that supports
/// all of it.
public struct Partition: Sendable {
  /// Nodes that follow each other on one device.
  public struct Part: Sendable {
    /// The device's index among those that were given.
    public let device: Int
    /// The nodes of the whole graph.
    public let nodes: Range<Int>
    /// The part as a graph, and which values of the whole it takes and gives.
    public let subgraph: Subgraph
  }

  /// The devices, the preferred one first.
  public let devices: [any Device]
  /// The whole graph.
  public let graph: Graph
  /// Its parts, in the order in which they run.
  public let parts: [Part]
  private let precision: Precision
  private let quantization: QuantizationTable?

  /// Shares a graph.
  ///
  /// A node whose values and parameters do not fit a device's memory is not put there. A part whose transfers cost more than it saves against the last device, by both devices' hints, is left to the last device.
  ///
  /// - Parameters:
  ///   - graph: With numbers for all shapes.
  ///   - devices: The preferred one first; the last one takes what no other does.
  /// - Throws: ``DeviceError`` if there is a node that no device supports, or no device for a graph in int8; `GraphError`.
  public init(
    _ graph: Graph, among devices: [any Device], precision: Precision = .fp32, quantization: QuantizationTable? = nil
  ) throws {
    try graph.checkMemory()
    self.devices = devices
    self.graph = graph
    self.precision = precision
    self.quantization = quantization
    let able = devices.map { device in
      graph.nodes.map {
        device.precisions.contains(precision) && graph.bytes(at: $0) <= device.memoryBytes
          && device.supports($0, in: graph, precision: precision)
      }
    }
    let places: [Int]
    if quantization != nil {
      guard let whole = able.firstIndex(where: { !$0.contains(false) }) else {
        throw DeviceError.noDevice(precision: precision, devices: devices.map(\.name))
      }
      places = graph.nodes.map { _ in whole }
    } else {
      let first = graph.nodes.indices.map { node in able.firstIndex { $0[node] } }
      if let node = first.firstIndex(of: nil) {
        throw DeviceError.unsupported(
          operation: graph.nodes[node].operation.name, scope: graph.nodes[node].scope, devices: devices.map(\.name))
      }
      places = Self.worthwhile(first.compactMap { $0 }, graph, devices, able.last ?? [])
    }
    parts = try Self.runs(of: places).map { run in
      Part(device: places[run.lowerBound], nodes: run, subgraph: try graph.subgraph(of: Array(run)))
    }
  }

  /// Runs of equal numbers.
  private static func runs(of places: [Int]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for index in places.indices {
      if let last = runs.last, places[last.lowerBound] == places[index] {
        runs[runs.count - 1] = last.lowerBound..<index + 1
      } else {
        runs.append(index..<index + 1)
      }
    }
    return runs
  }

  /// The places, without parts that are not worth their transfers.
  private static func worthwhile(
    _ places: [Int], _ graph: Graph, _ devices: [any Device], _ lastSupports: [Bool]
  ) -> [Int] {
    var places = places
    let work = graph.multiplyAdds()
    for run in runs(of: places) {
      let hints = devices[places[run.lowerBound]].hints
      guard let own = hints.multiplyAddsPerSecond, let bandwidth = hints.transferBytesPerSecond,
        let other = devices.last?.hints.multiplyAddsPerSecond, lastSupports[run].allSatisfy({ $0 })
      else { continue }
      let ends = graph.values(entering: Array(run)) + graph.results(leaving: Array(run))
      let bytes = ends.reduce(0) { $0 + graph.bytes(of: $1) }
      let saved = Double(work[run].reduce(0, +)) * (1 / other - 1 / own)
      if saved < Double(bytes) / bandwidth + Double(ends.count) * hints.transferSeconds {
        for node in run { places[node] = devices.count - 1 }
      }
    }
    return places
  }

  /// Has each device compile its parts.
  ///
  /// - Parameter weights: The whole graph's parameters, by path.
  /// - Throws: What the devices throw.
  public func compile(weights: [String: Tensor]) throws -> any Executable {
    if parts.count == 1 {
      return try devices[parts[0].device].compile(
        graph, weights: weights, precision: precision, quantization: quantization)
    }
    let compiled = try parts.map { part in
      let paths = Set(part.subgraph.graph.parameters.map(\.path))
      return try devices[part.device].compile(
        part.subgraph.graph, weights: weights.filter { paths.contains($0.key) }, precision: precision,
        quantization: nil)
    }
    return PartitionedExecutable(self, compiled, weights: weights)
  }

  /// What runs where, for people.
  public var text: String {
    var lines = devices.enumerated().map { index, device in
      let nodes = parts.filter { $0.device == index }.reduce(0) { $0 + $1.nodes.count }
      return "\(device.name): \(nodes) of \(graph.nodes.count) operations"
    }
    lines.append("\(max(parts.count - 1, 0)) changes of device")
    return lines.joined(separator: "\n")
  }
}

extension Graph {
  /// Bytes of a value; the shape must be known.
  fileprivate func bytes(of id: ValueID) -> Int {
    (type(id).fixedShape ?? []).reduce(type(id).elementType.byteCount, *)
  }

  /// Bytes of all that a node takes and gives.
  fileprivate func bytes(at node: Node) -> Int { Set(node.inputs + node.results).reduce(0) { $0 + bytes(of: $1) } }
}

/// A graph that cannot be shared among devices.
public enum DeviceError: UserFacingError, Equatable {
  /// An operation that none of the devices supports.
  case unsupported(operation: String, scope: String, devices: [String])
  /// A graph in a number format that none of the devices computes as a whole.
  case noDevice(precision: Precision, devices: [String])

  /// One sentence that says what is missing.
  public var description: String {
    switch self {
    case .unsupported(let operation, let scope, let devices):
      "\(operation)\(scope.isEmpty ? "" : " in \(scope)") runs on none of the devices \(devices.joined(separator: ", "))"
    case .noDevice(let precision, let devices):
      "none of the devices \(devices.joined(separator: ", ")) runs the whole model in \(precision.rawValue)"
    }
  }
}
