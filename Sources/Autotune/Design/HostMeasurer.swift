import Models
import IR
import CPU
import Architectures
import Tensors

/// Measures blocks and networks on this machine, in deployable form unless another one is given.
///
/// Everything that is measured together runs in turns, so that a disturbance affects all alike; a latency is the median
/// over the turns of the fastest run in a turn. Turns in which something else slows the processor down are repeated, up
/// to a limit. With one thread, the thread's own time counts, and not that of other programs. The time for layout
/// conversions at the ends of a block, which are not necessary inside a network, does not count.
public struct HostMeasurer: LatencyMeasurer {
  /// This machine, with the number format and the number of threads.
  public let device: LatencyTable.Device
  private let precision: Precision
  private let threads: Int
  private let clock: Stopwatch
  private let yardstick: Yardstick

  /// Creates a measurer.
  ///
  /// - Throws: `RuntimeError` if `ACCELERATOR_ISA` names an instruction set that this processor lacks.
  public init(precision: Precision = .fp32, threads: Int = 1) throws {
    let isa = try ISA.preferred()
    device = LatencyTable.Device(
      cpu: Processor.name, isa: isa.rawValue, precision: precision.rawValue, threads: threads)
    self.precision = precision
    self.threads = threads
    clock = threads == 1 ? .ownTime : .wall
    yardstick = Yardstick(isa: isa, clock: clock)
  }

  /// Returns the latency of each block in milliseconds.
  ///
  /// - Throws: `TransmuterError`, `GraphError` or `RuntimeError` if a block cannot be run here.
  public func blockLatencies(_ blocks: [Graph]) throws -> [Double] {
    let contestants = try blocks.map { try Contestant($0, form: form, threads: threads) }
    let latencies = try latencies(contestants, turns: 7)
    return try zip(latencies, contestants).map { try $0 * $1.shareInside() }
  }

  /// Returns the latency of one block in milliseconds in each of some forms, which run in turns.
  ///
  /// - Throws: `TransmuterError`, `GraphError` or `RuntimeError` if the block cannot be run here.
  public func latencies(of block: Graph, in forms: [BlockForm]) throws -> [Double] {
    let contestants = try forms.map { try Contestant(block, form: $0, threads: threads) }
    return try zip(try latencies(contestants, turns: 5), contestants).map { try $0 * $1.shareInside() }
  }

  /// Returns the latency of a network in milliseconds.
  ///
  /// - Throws: `TransmuterError`, `GraphError` or `RuntimeError` if it cannot be run here.
  public func networkLatency(_ network: Graph) throws -> Double {
    try latencies([Contestant(network, form: form, threads: threads)], turns: 25)[0]
  }

  private var form: BlockForm { BlockForm(isDeployable: true, precision: precision) }

  private func latencies(_ contestants: [Contestant], turns: Int) throws -> [Double] {
    // A first turn brings caches and clock rates to their usual state.
    for contestant in contestants { _ = try contestant.turn(clock) }
    var calm = [[Double]](repeating: [], count: contestants.count)
    var all = calm
    for _ in 0..<3 * turns where calm.contains(where: { $0.count < turns }) {
      for (index, contestant) in contestants.enumerated() {
        let wasDisturbed = yardstick.isDisturbed()
        let time = try contestant.turn(clock)
        all[index].append(time)
        if !wasDisturbed, !yardstick.isDisturbed() { calm[index].append(time) }
      }
    }
    return zip(calm, all).map { calm, all in
      let times = calm.count >= 3 ? calm : all
      return times.sorted()[times.count / 2]
    }
  }
}

/// Detects whether the processor is as fast as at its fastest, with a loop of constant work.
private final class Yardstick {
  private let isa: ISA
  private let clock: Stopwatch
  private var fastest = Double.infinity

  init(isa: ISA, clock: Stopwatch) {
    self.isa = isa
    self.clock = clock
  }

  func isDisturbed() -> Bool {
    let time = (0..<2).map { _ in clock.measure { _ = PeakLoop.run(isa: isa, iterations: 5000) } }.min() ?? 0
    fastest = min(fastest, time)
    return time > 1.1 * fastest
  }
}

/// A block or a network that is ready to run.
private struct Contestant {
  private let session: Session
  private let inputs: [Tensor]

  init(_ graph: Graph, form: BlockForm, threads: Int) throws {
    var model = Model(name: "block", graph: graph, weights: RandomWeights.parameters(of: graph, seed: 1))
    if form.isDeployable { model = try model.deployed(for: .host, precision: form.precision).model }
    let shapes = graph.inputs.map { graph.type($0).fixedShape ?? [] }
    let plan = try Plan(model.graph, weights: model.weights, inputShapes: shapes, precision: form.precision)
    session = try Session(plan, threads: threads)
    inputs = RandomWeights.inputs(shapes)
  }

  /// Returns the share of a run that is not spent on layout conversions.
  func shareInside() throws -> Double {
    let rows = try session.profile(inputs, runs: 8).rows
    let layout = rows.filter { row in row.record.parts.allSatisfy { $0.operation == "layout" } }
    let total = { (rows: [Profile.Row]) in rows.reduce(0) { $0 + $1.fastestMilliseconds } }
    return 1 - total(layout) / max(total(rows), 1e-9)
  }

  /// Returns the milliseconds of the fastest of some runs.
  func turn(_ clock: Stopwatch) throws -> Double {
    var fastest = Double.infinity
    var total = 0.0
    repeat {
      let time = try clock.measure { _ = try session.run(inputs) }
      fastest = min(fastest, time)
      total += time
    } while total < 1
    return fastest
  }
}
