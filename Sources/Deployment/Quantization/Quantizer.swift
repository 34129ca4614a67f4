import Graph
import Kernels
import Tensors

/// Makes a network run in integers after training, by what calibration clips show of it.
///
/// ```swift
/// let deployed = try Transmuter(target: .mobileCPU).deploy(
///   graph, weights: weights, quantizedBy: Quantizer(), calibration: Calibration(clips: clips))
/// print(deployed.quantization?.report.text ?? "")
/// ```
public struct Quantizer: Sendable {
  /// How ranges follow from what was seen; nil: the way that loses least, measured on calibration clips.
  public var observer: Observer?
  /// Whether ranges of channels are made alike between layers; nil: if that loses less, measured on calibration clips.
  public var equalizes: Bool?
  /// Whether biases make up for what rounding does to the means of channels.
  public var correctsBias: Bool
  /// On how many clips results are compared, at most: each way that is tried runs all of them.
  public var comparedClips: Int
  /// The names of values whose operations stay in floating point.
  public var floats: Set<String>

  /// A quantizer.
  public init(
    observer: Observer? = nil, equalizes: Bool? = nil, correctsBias: Bool = true, comparedClips: Int = 8,
    floats: Set<String> = []
  ) {
    self.observer = observer
    self.equalizes = equalizes
    self.correctsBias = correctsBias
    self.comparedClips = comparedClips
    self.floats = floats
  }

  /// How far quantising is.
  public struct Progress: Sendable {
    /// What is being done.
    public let stage: String
    /// How many clips of the stage are done.
    public let done: Int
    /// How many there are.
    public let total: Int
  }

  /// A quantised program, and how near it is to the original.
  ///
  /// - Parameters:
  ///   - program: In deployable form, in float32.
  ///   - calibration: The clips to learn from.
  ///   - others: Clips to compare on that nothing is learned from.
  /// - Throws: ``QuantizationError``, or `GraphError` if the network does not take the clips.
  func quantize(
    _ program: ModelProgram, calibration: Calibration, others: [Calibration.Clip],
    progress: @escaping (Progress) -> Void
  ) throws -> (model: QuantizedProgram, report: QuantizationReport) {
    let run = try QuantizationRun(self, program, calibration, progress)
    try run.check(others)
    let plain = try run.candidate(program)
    var equalized: QuantizationRun.Candidate?
    if equalizes ?? true, !Equalization.pairs(in: program.graph, run.points).isEmpty {
      equalized = try run.candidate(
        Equalization.equalized(program, run.points) { plain.statistics.peaks($0) })
    }
    let observers = observer.map { [$0] } ?? Self.observersToTry
    let isChoice = observers.count > 1 || (equalizes == nil && equalized != nil)
    let first = equalizes == true ? equalized ?? plain : plain
    var attempts = try observers.map {
      try Attempt(run, first, $0, isEqualized: first.program.weights != program.weights, comparing: isChoice)
    }
    if equalizes == nil, let equalized, let best = attempts.best {
      attempts.append(try Attempt(run, equalized, best.observer, isEqualized: true, comparing: isChoice))
    }
    guard let best = attempts.best else { throw QuantizationError.nothingToQuantize }
    let report = try run.report(
      best.model, observer: best.observer, isEqualized: best.isEqualized,
      trials: attempts.compactMap { attempt in
        attempt.decibels.map {
          .init(observer: attempt.observer, isEqualized: attempt.isEqualized, decibels: $0)
        }
      }, others: others)
    return (best.model, report)
  }

  /// The moving average is for networks whose values drift: nothing that a finished model does.
  private static let observersToTry = [Observer.mse, .percentile, .minMax]
}

/// One way to quantise, and how near it comes.
private struct Attempt {
  let model: QuantizedProgram
  let observer: Observer
  let isEqualized: Bool
  /// Nil if there is nothing to choose from.
  let decibels: Double?

  init(
    _ run: QuantizationRun, _ candidate: QuantizationRun.Candidate, _ observer: Observer, isEqualized: Bool,
    comparing: Bool
  ) throws {
    model = try run.model(candidate, observer)
    decibels = comparing ? try run.fidelity(model).decibels : nil
    self.observer = observer
    self.isEqualized = isEqualized
  }
}

extension [Attempt] {
  /// The nearest; the first of several that are equally near.
  fileprivate var best: Attempt? { self.max { ($0.decibels ?? 0) < ($1.decibels ?? 0) } }
}
