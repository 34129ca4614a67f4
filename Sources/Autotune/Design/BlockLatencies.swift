import IR
import Tensors

/// Measures the latency of blocks and networks: on this machine, or a stand-in for tests.
public protocol LatencyMeasurer {
  /// The device that the latencies are for.
  var device: LatencyTable.Device { get }

  /// Returns the latency in milliseconds of each block inside a network; shapes are known.
  func blockLatencies(_ blocks: [Graph]) throws -> [Double]

  /// Returns the latency in milliseconds of a whole network, from clip to scores; shapes are known.
  func networkLatency(_ network: Graph) throws -> Double
}

/// A block of a network with its measured latency.
public struct BlockLatency: Sendable {
  /// The block.
  public let block: Graph.Block
  /// Its latency in milliseconds, in deployable form.
  public let milliseconds: Double
}

/// The latencies of blocks, each measured once: those in the table are not measured again.
///
/// ```swift
/// let latencies = try BlockLatencies(HostMeasurer(threads: 2))
/// for latency in try latencies.latencies(of: net.specialized(to: [[1, 3, 8, 160, 160]])) {
///   print(latency.block.path, latency.milliseconds)
/// }
/// ```
public final class BlockLatencies {
  /// The measurer of latencies that are not in the table.
  public let measurer: any LatencyMeasurer
  /// The latencies measured so far.
  public private(set) var table: LatencyTable
  /// The reason why the table's file is not used; nil if it is.
  public private(set) var note: String?
  private var path: String?
  private var isSaved = true

  /// Creates the latencies of a device.
  ///
  /// - Parameters:
  ///   - measurer: The measurer of latencies.
  ///   - folder: The folder in which the device's table is kept between runs; nil for none. A table that is damaged or
  ///     cannot be written is no failure: ``note`` gives the reason, and latencies are measured.
  public init(_ measurer: any LatencyMeasurer, folder: String? = nil) {
    self.measurer = measurer
    path = folder.map { "\($0)/\(measurer.device.fileName)" }
    table = LatencyTable(device: measurer.device)
    guard let path else { return }
    do {
      table = try LatencyTable(contentsOf: path, device: measurer.device)
    } catch let error as FormatError {
      note = "the latencies measured before are not used: \(error)"
    } catch {
      // There is no table yet; if it cannot be read for another reason, writing it will fail.
    }
  }

  /// Returns the latency of each block of a network.
  ///
  /// - Parameter network: The network in original form, with known shapes (`Graph.specialized(to:)`).
  /// - Throws: What the measurer throws, `GraphError` if the graph is not well-formed.
  public func latencies(of network: Graph) throws -> [BlockLatency] {
    defer { save() }
    return try measuredLatencies(of: network)
  }

  /// Returns the same without writing the table to its file.
  func measuredLatencies(of network: Graph) throws -> [BlockLatency] {
    let blocks = network.blocks()
    let graphs = try blocks.map { try network.subgraph(of: $0) }
    let keys = graphs.map { LatencyTable.key(of: $0) }
    let missing = Dictionary(zip(keys, graphs)) { first, _ in first }.filter { table[$0.key] == nil }
      .sorted { $0.key < $1.key }.map(\.value)
    if !missing.isEmpty {
      for (graph, latency) in zip(missing, try measurer.blockLatencies(missing)) {
        table.add(graph, milliseconds: latency)
      }
      isSaved = false
    }
    return zip(blocks, keys).map { BlockLatency(block: $0, milliseconds: table[$1] ?? 0) }
  }

  /// Writes the table to its file, if there is one and the table has changed.
  func save() {
    guard let path, !isSaved else { return }
    do {
      try table.write(to: path)
      isSaved = true
    } catch {
      note = "the measured latencies cannot be kept: \(error)"
      self.path = nil
    }
  }
}
