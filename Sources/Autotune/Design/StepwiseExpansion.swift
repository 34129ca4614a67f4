import IR

/// A step of a design: a network, and the expansion that led to it.
public struct ExpansionStep: Sendable {
  /// The axis that was expanded; nil for the first network.
  public let axis: ExpansionAxis?
  /// The network's sizes.
  public let size: NetworkSize
  /// The number of multiply-adds for one clip.
  public let multiplyAdds: Int
  /// The number of trained parameters.
  public let parameters: Int
  /// The sum of its blocks' latencies in milliseconds.
  public let milliseconds: Double
  /// The expected top-1 accuracy in percent; see ``ExpectedAccuracy``.
  public let expectedAccuracy: Double
}

/// X3D's stepwise expansion, guided by measured latencies.
///
/// Each step considers every axis: it expands that one alone until the network takes about twice its time, or all of
/// the remaining budget, and takes the axis with the largest expected gain per added millisecond. As the budget is used
/// up, the steps become smaller, down to one frame, 8 pixels, 8 channels or a block.
///
/// Source: Feichtenhofer, X3D, 2020, section 3.2, where each step doubles the multiply-adds, and the accuracies of
/// trained candidates decide.
struct StepwiseExpansion {
  /// The largest factor of a network's latency in a step: twice as long, with some tolerance for integers.
  private static let growth = 2.1

  private let blocks: BlockLatencies
  private let classCount: Int
  private let report: (String) -> Void
  private var known: [NetworkSize: ExpansionStep] = [:]
  private var work: [NetworkSize: Int] = [:]

  init(blocks: BlockLatencies, classCount: Int, report: @escaping (String) -> Void) {
    self.blocks = blocks
    self.classCount = classCount
    self.report = report
  }

  /// Returns the path from the smallest network to one whose blocks take at most `limit` milliseconds together.
  mutating func path(within limit: Double) throws -> [ExpansionStep] {
    defer { blocks.save() }
    var path = [try step(to: .smallest, along: nil)]
    while let next = try bestStep(from: path[path.count - 1], within: limit) {
      path.append(next)
      blocks.save()
      let axis = next.axis?.rawValue ?? ""
      report("step \(path.count - 1): \(axis), \(Int(next.milliseconds / limit * 100)) % of the budget")
    }
    return path
  }

  private mutating func bestStep(from last: ExpansionStep, within limit: Double) throws -> ExpansionStep? {
    var best: (step: ExpansionStep, merit: Double)?
    for axis in ExpansionAxis.allCases {
      let target = min(Self.growth * last.milliseconds, limit)
      guard let candidate = try expanded(last, along: axis, within: target) else { continue }
      let gain = candidate.expectedAccuracy - last.expectedAccuracy
      // What costs nothing by measurement costs very little.
      let cost = max(candidate.milliseconds - last.milliseconds, 0.001 * last.milliseconds)
      if gain > 0, gain / cost > best?.merit ?? 0 { best = (candidate, gain / cost) }
    }
    return best?.step
  }

  /// Returns roughly the largest expansion along one axis that takes at most `target` milliseconds; nil if there is
  /// none.
  ///
  /// Latency grows roughly as multiply-adds do, so only a few sizes have to be measured.
  private mutating func expanded(
    _ last: ExpansionStep, along axis: ExpansionAxis, within target: Double
  ) throws -> ExpansionStep? {
    var sizes = last.size.expansions(along: axis)[...]
    var reference = last
    while !sizes.isEmpty {
      let bound = Int(Double(reference.multiplyAdds) * target / reference.milliseconds)
      let fitting = try count(of: sizes, upTo: bound)
      sizes = sizes.prefix(max(fitting, 1))
      guard let size = sizes.popLast() else { return nil }
      let candidate = try step(to: size, along: axis)
      if candidate.milliseconds <= target { return candidate }
      reference = candidate
    }
    return nil
  }

  /// Returns how many of some networks, smallest first, take at most `bound` multiply-adds.
  private mutating func count(of sizes: ArraySlice<NetworkSize>, upTo bound: Int) throws -> Int {
    var (low, high) = (sizes.startIndex, sizes.endIndex)
    while low < high {
      let middle = (low + high) / 2
      if try multiplyAdds(of: sizes[middle]) <= bound { low = middle + 1 } else { high = middle }
    }
    return low - sizes.startIndex
  }

  private mutating func multiplyAdds(of size: NetworkSize) throws -> Int {
    if let count = work[size] { return count }
    let count = try size.graph(classCount: classCount).multiplyAdds().reduce(0, +)
    work[size] = count
    return count
  }

  private mutating func step(to size: NetworkSize, along axis: ExpansionAxis?) throws -> ExpansionStep {
    // Sizes that differ only in the rate are the same network.
    var network = size
    network.rate = 1
    let measured = try known[network] ?? measure(network)
    known[network] = measured
    return ExpansionStep(
      axis: axis, size: size, multiplyAdds: measured.multiplyAdds, parameters: measured.parameters,
      milliseconds: measured.milliseconds, expectedAccuracy: ExpectedAccuracy.top1(size))
  }

  private func measure(_ size: NetworkSize) throws -> ExpansionStep {
    let graph = try size.graph(classCount: classCount)
    let latencies = try blocks.measuredLatencies(of: graph)
    return ExpansionStep(
      axis: nil, size: size, multiplyAdds: graph.multiplyAdds().reduce(0, +), parameters: graph.weightCount,
      milliseconds: latencies.reduce(0) { $0 + $1.milliseconds }, expectedAccuracy: 0)
  }
}
