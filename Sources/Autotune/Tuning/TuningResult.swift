import Models
import CPU

/// The result of tuning a model.
public struct TuningResult: Sendable {
  /// Operations that some candidates run in one step, and the fastest kernels for them.
  public struct Layer: Sendable {
    /// The operations, such as `pointwise`, with the paths of their parameters.
    public let operations: [(operation: String, parameter: String)]
    /// The default kernels, and the chosen ones.
    public let kernels: (usual: [String], tuned: [String])
    /// Their times in milliseconds.
    public let milliseconds: (usual: Double, tuned: Double)
    /// The choice that makes a plan use them.
    let choice: KernelChoices.Layer

    /// The choice under the path of each operation's parameter.
    var choices: [(String, KernelChoices.Layer)] { operations.map { ($0.parameter, choice) } }
  }

  /// The device, precision and input shapes that the result is for.
  public let setting: TunedSetting
  /// The layers that are faster with other kernels than the default ones.
  public let layers: [Layer]
  /// The number of times that each candidate was measured.
  public let rounds: Int
  /// The latency of the whole model in milliseconds with default kernels; nil if there was nothing to compare.
  public var defaultMilliseconds: Double?
  /// The latency of the whole model in milliseconds with the chosen kernels, measured in turns with the default.
  public var tunedMilliseconds: Double?

  /// The choices that make a plan use the tuned kernels.
  public var choices: KernelChoices {
    KernelChoices(layers: Dictionary(uniqueKeysWithValues: layers.flatMap(\.choices)))
  }
}

extension Tuner {
  /// Returns, for each group of operations that some candidate runs in one step, the fastest candidate, if it is not
  /// the first one and gains at least a share.
  ///
  /// Candidates differ in how they divide the model into steps (a fused step takes the place of two), so only groups
  /// that are whole steps for all of them can be compared.
  static func choose(
    _ candidates: [(layer: KernelChoices.Layer, records: [StepRecord], milliseconds: [Double])], leastGain: Double
  ) -> [TuningResult.Layer] {
    guard let usual = candidates.first else { return [] }
    var groups = Groups()
    for candidate in candidates {
      for record in candidate.records { groups.join(record.parts.map(\.parameter).filter { !$0.isEmpty }) }
    }
    return groups.all.compactMap { members in
      func cost(_ candidate: (layer: KernelChoices.Layer, records: [StepRecord], milliseconds: [Double])) -> (
        kernels: [String], milliseconds: Double
      ) {
        let steps = candidate.records.indices.filter { index in
          candidate.records[index].parts.contains { members.contains($0.parameter) }
        }
        return (
          steps.map { candidate.records[$0].kernel }, steps.reduce(0) { $0 + candidate.milliseconds[$1] }
        )
      }
      let costs = candidates.map(cost)
      // The same kernels as the default's: a difference is noise.
      let others = costs.indices.filter { costs[$0].kernels != costs[0].kernels }
      guard let best = others.min(by: { costs[$0].milliseconds < costs[$1].milliseconds }),
        costs[best].milliseconds < costs[0].milliseconds * (1 - leastGain)
      else { return nil }
      var operations: [(operation: String, parameter: String)] = []
      for part in usual.records.flatMap(\.parts) where members.contains(part.parameter) {
        if !operations.contains(where: { $0.parameter == part.parameter }) {
          operations.append((part.operation, part.parameter))
        }
      }
      return TuningResult.Layer(
        operations: operations, kernels: (costs[0].kernels, costs[best].kernels),
        milliseconds: (costs[0].milliseconds, costs[best].milliseconds), choice: candidates[best].layer)
    }
  }
}

/// Names in groups; joining names joins their groups.
private struct Groups {
  private var groupOf: [String: Int] = [:]
  private var members: [[String]] = []

  mutating func join(_ names: [String]) {
    guard let first = names.first else { return }
    let target = group(first)
    for name in names.dropFirst() {
      let source = group(name)
      guard source != target else { continue }
      for member in members[source] { groupOf[member] = target }
      members[target] += members[source]
      members[source] = []
    }
  }

  var all: [Set<String>] { members.filter { !$0.isEmpty }.map { Set($0) } }

  private mutating func group(_ name: String) -> Int {
    if let group = groupOf[name] { return group }
    members.append([name])
    groupOf[name] = members.count - 1
    return members.count - 1
  }
}
