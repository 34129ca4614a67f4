import IR
import Architectures
import Tensors

/// A network designed for a latency, with the steps that led to it.
public struct NetworkDesign: Sendable {
  /// The networks from the smallest to this one, each expanded along one axis.
  public let path: [ExpansionStep]
  /// The latency of the network on the device in milliseconds, from clip to scores.
  public let milliseconds: Double
  /// The latency in milliseconds that it was designed for.
  public let budget: Double
  /// The network.
  public let architecture: Architecture

  /// The ratio of the whole network's latency to the sum of its blocks' latencies.
  public var overhead: Double { milliseconds / step.milliseconds }
  /// The last step.
  public var step: ExpansionStep { path[path.count - 1] }
  /// The network's sizes.
  public var size: NetworkSize { step.size }
  /// Whether the latency is close to the budget: at most 10 % below it, at most 5 % above.
  public var meetsBudget: Bool { (0.9...1.05).contains(milliseconds / budget) }
}

/// Designs a network for a latency on this device: X3D's stepwise expansion, guided by measured block latencies.
///
/// The sum of the blocks' latencies, which is only about the network's latency, leads to a candidate; the candidate is
/// measured as a whole, the ratio corrects the sums, and the search is repeated until the whole is within the budget.
public struct NetworkDesigner {
  private let blocks: BlockLatencies
  private let classCount: Int
  private let report: (String) -> Void

  /// Creates a designer.
  ///
  /// - Parameters:
  ///   - blocks: The latencies of blocks on the device.
  ///   - classCount: The number of classes of the classifier.
  ///   - report: Called with short descriptions of the progress.
  public init(blocks: BlockLatencies, classCount: Int = 400, report: @escaping (String) -> Void = { _ in }) {
    self.blocks = blocks
    self.classCount = classCount
    self.report = report
  }

  /// The range of budgets in milliseconds.
  public static let budgets = 0.001...10_000

  /// The share of the budget to aim for, as latencies vary.
  private static let aim = 0.96
  private static let accepted = 0.93...0.99
  private static let attempts = 8

  /// Returns a network with a latency of about `budget` milliseconds.
  ///
  /// - Throws: ``DesignError`` if the budget is out of range or too small or too large for every network, and what the
  ///   measurer throws.
  public func design(budget: Double) throws -> NetworkDesign {
    guard Self.budgets.contains(budget) else { throw DesignError.budget(budget) }
    var expansion = StepwiseExpansion(blocks: blocks, classCount: classCount, report: report)
    let smallest = try candidate(path: expansion.path(within: 0), budget: budget)
    guard smallest.milliseconds <= 1.05 * budget else {
      throw DesignError.tooSmall(budget, smallest: smallest.milliseconds)
    }
    var overhead = smallest.overhead
    var candidates = [smallest]
    for _ in 0..<Self.attempts {
      let path = try expansion.path(within: Self.aim * budget / overhead)
      if let same = candidates.first(where: { $0.size == path.last?.size }) {
        // Measuring it again would not help: aim for a little less or more.
        overhead *= same.milliseconds > Self.aim * budget ? 1.02 : 0.98
        continue
      }
      let next = try candidate(path: path, budget: budget)
      candidates.append(next)
      if Self.accepted.contains(next.milliseconds / budget) { break }
      if next.size.isLargest, next.milliseconds < 0.9 * budget {
        throw DesignError.tooLarge(budget, largest: next.milliseconds)
      }
      overhead = next.overhead
    }
    return Self.closest(candidates, to: budget)
  }

  private func candidate(path: [ExpansionStep], budget: Double) throws -> NetworkDesign {
    let size = path[path.count - 1].size
    report("measuring the whole network")
    return NetworkDesign(
      path: path, milliseconds: try blocks.measurer.networkLatency(size.graph(classCount: classCount)), budget: budget,
      architecture: .x3d(size.configuration(classCount: classCount)))
  }

  private static func closest(_ candidates: [NetworkDesign], to budget: Double) -> NetworkDesign {
    let within = candidates.filter { $0.milliseconds <= 1.05 * budget }
    let distance = { (design: NetworkDesign) in abs(design.milliseconds - aim * budget) }
    // The smallest network is within the budget, so there is always one.
    return within.reduce(within[0]) { distance($1) < distance($0) ? $1 : $0 }
  }
}

extension NetworkSize {
  /// Whether no axis can be expanded further.
  fileprivate var isLargest: Bool { ExpansionAxis.allCases.allSatisfy { expansions(along: $0).isEmpty } }
}

/// Why a network cannot be designed.
public enum DesignError: UserFacingError, Equatable {
  /// A budget that is not a valid latency.
  case budget(Double)
  /// The smallest network is slower.
  case tooSmall(Double, smallest: Double)
  /// The largest network is faster.
  case tooLarge(Double, largest: Double)
  /// A target device that is not this machine.
  case foreignTarget(String, host: String)

  /// A sentence that says what would work.
  public var description: String {
    switch self {
    case .budget(let budget):
      "the latency budget must be 0.001 to 10000 ms, not \(Self.text(budget)) ms"
    case .tooSmall(let budget, let smallest):
      "no network takes \(Self.text(budget)) ms here: the smallest one takes \(Self.text(smallest)) ms"
    case .tooLarge(let budget, let largest):
      "no network takes \(Self.text(budget)) ms here: the largest one takes \(Self.text(largest)) ms"
    case .foreignTarget(let target, let host):
      "latencies for \(target) can only be measured on such a device, and this one is \(host): design the network there"
    }
  }

  /// Returns a time with at most three decimals.
  private static func text(_ milliseconds: Double) -> String {
    guard milliseconds.isFinite, abs(milliseconds) < 1e12 else { return "\(milliseconds)" }
    let rounded = (milliseconds * 1000).rounded() / 1000
    return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
  }
}
