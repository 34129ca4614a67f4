import IR
import Tensors

/// The division of a graph among devices: parts that run one after the other, each on the first device that supports
/// its nodes.
///
/// Values between parts pass through the host's memory, and so do the states of a divided graph; a graph on one device
/// keeps its states there. An int8 graph is not divided: it runs on the first device that supports all of it.
public struct Partition: Sendable {
  /// Consecutive nodes on one device.
  public struct Part: Sendable {
    /// The index of the device.
    public let device: Int
    /// The nodes of the whole graph.
    public let nodes: Range<Int>
    /// The part as a graph, with the values of the whole graph that it takes and gives.
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

  /// Divides a graph.
  ///
  /// A node whose values and parameters do not fit a device's memory is not put there. A part whose transfers cost more
  /// than it saves compared with the last device, by both devices' hints, is left to the last device.
  ///
  /// - Parameters:
  ///   - graph: The graph, with known shapes.
  ///   - devices: The devices, the preferred one first; the last one takes what no other does.
  ///   - precision: The number format to compute in.
  ///   - quantization: For int8, how values and weights are quantized; nil for floating point.
  /// - Throws: ``DeviceError`` if no device supports a node, or a whole graph in int8; `GraphError`.
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

  /// Returns the ranges of equal numbers.
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

  /// Returns the devices of the nodes without parts that are not worth their transfers.
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

  /// Compiles the parts on their devices.
  ///
  /// - Parameter weights: The parameters of the whole graph, by path.
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

  /// A description of the parts and their devices.
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
  /// Returns the size of a value in bytes; the shape must be known.
  fileprivate func bytes(of id: ValueID) -> Int {
    (type(id).fixedShape ?? []).reduce(type(id).elementType.byteCount, *)
  }

  /// Returns the size in bytes of a node's inputs and results.
  fileprivate func bytes(at node: Node) -> Int { Set(node.inputs + node.results).reduce(0) { $0 + bytes(of: $1) } }
}

/// Why a graph cannot be divided among devices.
public enum DeviceError: UserFacingError, Equatable {
  /// An operation that no device supports.
  case unsupported(operation: String, scope: String, devices: [String])
  /// A graph in a number format in which no device computes all of it.
  case noDevice(precision: Precision, devices: [String])

  /// A sentence that says what is missing.
  public var description: String {
    switch self {
    case .unsupported(let operation, let scope, let devices):
      "\(operation)\(scope.isEmpty ? "" : " in \(scope)") runs on none of the devices \(devices.joined(separator: ", "))"
    case .noDevice(let precision, let devices):
      "none of the devices \(devices.joined(separator: ", ")) runs the whole model in \(precision.rawValue)"
    }
  }
}
