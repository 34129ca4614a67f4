import IR
import Tensors

/// What tells how long blocks and networks take: this machine, or a stand-in in tests.
public protocol LatencyMeasurer {
  /// What the latencies hold for.
  var device: LatencyTable.Device { get }

  /// The milliseconds that each block takes inside a network; shapes are known.
  func blockLatencies(_ blocks: [Graph]) throws -> [Double]

  /// The milliseconds that a whole network takes, from clip to scores; shapes are known.
  func networkLatency(_ network: Graph) throws -> Double
}

/// A block of a network with its measured latency.
public struct BlockLatency: Sendable {
  /// The block.
  public let block: Graph.Block
  /// What it takes, in deployable form.
  public let milliseconds: Double
}

/// The latencies of blocks, each measured once: what is in the table is not measured again.
///
/// ```swift
/// let latencies = try BlockLatencies(HostMeasurer(threads: 2))
/// for latency in try latencies.latencies(of: net.specialized(to: [[1, 3, 8, 160, 160]])) {
///   print(latency.block.path, latency.milliseconds)
/// }
/// ```
public final class BlockLatencies {
  /// What measures.
  public let measurer: any LatencyMeasurer
  /// What is known so far.
  public private(set) var table: LatencyTable
  /// Why the file of the table is not used, if it is not.
  public private(set) var note: String?
  private var path: String?
  private var isSaved = true

  /// Latencies by a measurer.
  ///
  /// - Parameters:
  ///   - measurer: What measures.
  ///   - folder: Where the device's table is kept between runs; nowhere if not given. A table that is damaged, or cannot be
  ///     written, is no failure: ``note`` says so, and what is needed is measured.
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
      // There is no table yet; if it cannot be read for another reason, writing it will tell.
    }
  }

  /// The latency of each block of a network.
  ///
  /// - Parameter network: in original form, its shapes known (`Graph.specialized(to:)`).
  /// - Throws: what the measurer throws, `GraphError` if the graph is not well-formed.
  public func latencies(of network: Graph) throws -> [BlockLatency] {
    defer { save() }
    return try measuredLatencies(of: network)
  }

  /// The same without writing the table to its file.
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

  /// Writes the table to its file, if there is one and something new to write.
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
