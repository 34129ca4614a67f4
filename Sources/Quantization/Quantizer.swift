import IR

/// Quantizes a trained network to int8, with the value ranges that calibration clips show.
///
/// ```swift
/// let quantized = try model.deployed(for: .mobileCPU, quantizedBy: Quantizer(), clips: clips)
/// print(quantized.report.text)
/// ```
public struct Quantizer: Sendable {
  /// How ranges follow from the statistics; nil for the observer with the least error on calibration clips.
  public var observer: Observer?
  /// Whether the ranges of channels are equalized between layers; nil to do so if it reduces the error on calibration
  /// clips.
  public var equalizes: Bool?
  /// Whether biases are corrected for the change that rounding makes to the means of channels.
  public var correctsBias: Bool
  /// The largest number of clips that results are compared on: each trial runs all of them.
  public var comparedClips: Int
  /// The names of values whose operations stay in floating point.
  public var floats: Set<String>
  /// The accuracy that the results must have: the layers with the most error for their work stay in floating point for
  /// that.
  public var budget: AccuracyBudget?
  /// The time limit of the search for the layers that a budget keeps in floating point; nil for none.
  public var budgetTime: Duration?
  /// Whether the report contains the latency on this machine, compared with floating point.
  public var measuresLatency: Bool
  /// The range of the integers of weights.
  public var weightRange: WeightRange

  /// Creates a quantizer.
  public init(
    observer: Observer? = nil, equalizes: Bool? = nil, correctsBias: Bool = true, comparedClips: Int = 8,
    floats: Set<String> = [], budget: AccuracyBudget? = nil, budgetTime: Duration? = nil,
    measuresLatency: Bool = false, weightRange: WeightRange = .full
  ) {
    self.observer = observer
    self.equalizes = equalizes
    self.correctsBias = correctsBias
    self.comparedClips = comparedClips
    self.floats = floats
    self.budget = budget
    self.budgetTime = budgetTime
    self.measuresLatency = measuresLatency
    self.weightRange = weightRange
  }

  /// The progress of quantization.
  public struct Progress: Sendable {
    /// The name of the current stage.
    public let stage: String
    /// The number of the stage's clips that are done.
    public let done: Int
    /// The number of the stage's clips.
    public let total: Int
    /// The approximate share of the whole that is done, 0...1.
    public internal(set) var share = 0.0

    init(stage: String, done: Int, total: Int) {
      self.stage = stage
      self.done = done
      self.total = total
    }
  }

  /// Returns a quantized program, and how close it is to the original.
  ///
  /// - Parameters:
  ///   - program: The program in deployable form, in float32.
  ///   - calibration: The clips to calibrate with.
  ///   - others: Clips to compare on that are not calibrated with.
  ///   - progress: Called with each step.
  func quantize(
    _ program: ModelProgram, calibration: Calibration, others: [Calibration.Clip],
    progress: @escaping (Progress) throws -> Void
  ) throws -> (model: QuantizedProgram, report: QuantizationReport) {
    let steps = QuantizationSteps(progress)
    let run = try QuantizationRun(self, program, calibration, steps.step)
    try run.check(others)
    try calibration.checkRange(with: others)
    steps.plan(self, run, calibration: calibration.clips.count, others: others.count)
    let plain = try run.candidate(program)
    var equalized: QuantizationRun.Candidate?
    if run.mayEqualize {
      equalized = try run.candidate(
        Equalization.equalized(program, run.points) { plain.statistics.peaks($0) })
    }
    let observers = observer.map { [$0] } ?? Self.observersToTry
    let originals = try run.originalResults()
    let first = equalizes == true ? equalized ?? plain : plain
    var attempts = try observers.map {
      try Attempt(run, first, $0, isEqualized: first.program.weights != program.weights, originals)
    }
    if equalizes == nil, let equalized, let best = attempts.best {
      attempts.append(try Attempt(run, equalized, best.observer, isEqualized: true, originals))
    }
    guard let best = attempts.best else { throw QuantizationError.nothingToQuantize }
    let compared = (clips: others, originals: try run.originalResults(on: others))
    let mixed = try budget.map { budget in
      try MixedPrecision(
        run: run, candidate: best.candidate, ranges: best.ranges, budget: budget, originals: originals,
        others: compared, deadline: budgetTime.map { .now + $0 }
      ).search(best.model)
    }
    let model = mixed?.model ?? best.model
    let kept = mixed?.kept ?? []
    let times =
      try measuresLatency
      ? PrecisionComparison(
        run: run, model: model, whole: kept.isEmpty ? nil : best.model, withouts: kept.map(\.without.model)
      ).measure() : nil
    let report = try run.report(
      model, attempts: attempts.report(best), mixed: budget.map { .init($0, mixed, program.graph, times?.costs) },
      latencies: times?.latencies, others: compared)
    return (model, report)
  }

  /// The observers that are tried; the moving average is for networks that are still being trained.
  static let observersToTry = [Observer.mse, .percentile, .minMax]
}

/// A combination of settings, and its error.
private struct Attempt {
  let candidate: QuantizationRun.Candidate
  let ranges: QuantizationRun.Ranges
  let model: QuantizedProgram
  let observer: Observer
  let isEqualized: Bool
  let decibels: Double

  init(
    _ run: QuantizationRun, _ candidate: QuantizationRun.Candidate, _ observer: Observer, isEqualized: Bool,
    _ originals: [[Float]]
  ) throws {
    self.candidate = candidate
    ranges = try run.ranges(candidate, observer)
    model = try run.model(candidate, ranges)
    decibels = try run.fidelity(model, to: originals).decibels
    self.observer = observer
    self.isEqualized = isEqualized
  }
}

extension [Attempt] {
  /// The attempt with the least error; the first of several equals.
  fileprivate var best: Attempt? { self.max { $0.decibels < $1.decibels } }

  fileprivate func report(_ best: Attempt) -> QuantizationReport.Attempts {
    QuantizationReport.Attempts(
      observer: best.observer, isEqualized: best.isEqualized,
      trials: count == 1
        ? [] : map { .init(observer: $0.observer, isEqualized: $0.isEqualized, decibels: $0.decibels) })
  }
}

extension QuantizationReport.Mixed {
  fileprivate init(
    _ budget: AccuracyBudget, _ found: MixedPrecision.Result?, _ graph: Graph, _ costs: [Double?]?
  ) {
    let layers = (found?.kept ?? []).enumerated().map { index, kept in
      let node = graph.nodes[kept.node]
      return Layer(
        path: node.scope, operation: node.operation.name, value: graph.resultName(kept.node),
        decibelsWithout: kept.without.decibels, milliseconds: costs?[index] ?? nil)
    }
    self.init(budget: budget, layers: layers, endedEarly: found?.endedEarly ?? false)
  }
}
