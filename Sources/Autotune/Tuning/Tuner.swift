import IR
import Models
import CPU
import Architectures
import Tensors

/// Finds the fastest kernels for each layer of a model on this device by measuring.
///
/// Kernels are timed inside the whole model, one candidate for all layers at a time, the candidates in turns: the
/// effect of a kernel on the caches of its neighbors counts, and changes of the clock rate affect all alike. A choice
/// with little gain is not made, and in the end the tuned model must be faster than the default one, or nothing is
/// chosen.
public struct Tuner: Sendable {
  private let graph: Graph
  private let weights: [String: Tensor]
  private let quantization: QuantizationTable?
  private let setting: TunedSetting

  /// Creates a tuner of a model in deployable form.
  ///
  /// - Parameters:
  ///   - graph: The model's graph.
  ///   - weights: The parameters by path, as they are stored.
  ///   - quantization: How values are quantized, for int8; nil for floating point.
  ///   - setting: The device, precision and input shapes to tune for.
  public init(
    _ graph: Graph, weights: [String: Tensor], quantization: QuantizationTable? = nil, setting: TunedSetting
  ) {
    self.graph = graph
    self.weights = weights
    self.quantization = quantization
    self.setting = setting
  }

  /// The progress of tuning.
  public enum Progress: Sendable {
    /// The number of candidates that have been prepared, of all.
    case preparing(Int, of: Int)
    /// The number of rounds over all candidates that have been measured, and the time since the start.
    case measuring(round: Int, elapsed: Duration)
    /// The tuned model and the default one are compared.
    case comparing
  }

  /// A choice of kernels.
  private struct Candidate {
    let layer: KernelChoices.Layer
    let plan: Plan
    /// The shortest time of each step in milliseconds.
    var fastest: [Double]
  }

  /// A gain below this share is taken as noise.
  private static let leastGain = 0.03
  /// The number of rounds that are measured even if they take longer than the budget.
  private static let leastRounds = 3

  /// Measures and chooses kernels.
  ///
  /// - Parameters:
  ///   - budget: The approximate time for measuring; less than three rounds over all candidates is not useful.
  ///   - progress: Called with the progress; an error that it throws ends the tuning.
  /// - Throws: `GraphError` or `RuntimeError` if the model does not run.
  public func tune(budget: Duration, progress: (Progress) throws -> Void = { _ in }) throws -> TuningResult {
    let clock = ContinuousClock()
    let inputs = RandomWeights.inputs(setting.inputShapes)
    var candidates = try candidates(progress)
    let start = clock.now
    var round = 0
    while round < Self.leastRounds || clock.now - start < budget * 0.8 {
      try progress(.measuring(round: round + 1, elapsed: clock.now - start))
      for index in candidates.indices { try measure(&candidates[index], on: inputs) }
      round += 1
    }
    let layers = Self.choose(candidates.map { ($0.layer, $0.plan.records, $0.fastest) }, leastGain: Self.leastGain)
    let choices = KernelChoices(layers: Dictionary(uniqueKeysWithValues: layers.flatMap(\.choices)))
    guard !choices.layers.isEmpty else { return TuningResult(setting: setting, layers: [], rounds: round) }
    try progress(.comparing)
    let latencies = try InterleavedBenchmark.measure(
      [plan(KernelChoices()), plan(choices)], on: inputs, threads: setting.threads, for: budget * 0.2)
    let (usual, tuned) = (latencies[0].milliseconds, latencies[1].milliseconds)
    let isBetter = usual - tuned > latencies[1].uncertainty
    return TuningResult(
      setting: setting, layers: isBetter ? layers : [], rounds: round, defaultMilliseconds: usual,
      tunedMilliseconds: isBetter ? tuned : usual)
  }

  private func plan(_ choices: KernelChoices) throws -> Plan {
    try Plan(
      graph, weights: weights, inputShapes: setting.inputShapes, precision: setting.precision,
      quantization: quantization, isa: setting.isa, choices: choices)
  }

  /// Returns the default plan first, then one for each way in which it can differ.
  private func candidates(_ progress: (Progress) throws -> Void) throws -> [Candidate] {
    var options = [KernelChoices.Layer()]
    for fusesRows in [true, false] {
      for panelVectors in [nil] + KernelChoices.panelVectors.map({ $0 }) {
        options.append(.init(panelVectors: panelVectors, fusesRows: fusesRows))
      }
    }
    let paths = graph.parameters.map(\.path)
    var candidates: [Candidate] = []
    for (number, layer) in options.enumerated() {
      try progress(.preparing(number, of: options.count))
      let plan = try plan(KernelChoices(layers: Dictionary(uniqueKeysWithValues: paths.map { ($0, layer) })))
      if candidates.contains(where: { $0.plan.records == plan.records }) { continue }
      candidates.append(
        Candidate(layer: layer, plan: plan, fastest: plan.records.map { _ in .infinity }))
    }
    return candidates
  }

  /// Measures some profiled runs of a candidate, in its own session each time, so that only one takes memory.
  private func measure(_ candidate: inout Candidate, on inputs: [Tensor]) throws {
    let session = try Session(candidate.plan, threads: setting.threads)
    for _ in 0..<2 { _ = try session.run(inputs) }
    let profile = try session.profile(inputs, runs: 3)
    for (step, row) in profile.rows.enumerated() {
      candidate.fastest[step] = min(candidate.fastest[step], row.fastestMilliseconds)
    }
  }
}
