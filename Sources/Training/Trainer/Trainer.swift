import IR
import Architectures
import Tensors

/// What training learns from, batch by batch: the same ones each time that it is asked for an epoch.
public protocol BatchSource: AnyObject {
  /// How many batches an epoch has.
  var stepsPerEpoch: Int { get }
  /// Gives the batches of an epoch, one after the other, and nil at its end.
  ///
  /// - Parameter step: the first one to give.
  func batches(ofEpoch epoch: Int, from step: Int) throws -> () throws -> Batch?
}

extension BatchLoader: BatchSource {
  /// Gives the batches of an epoch.
  public func batches(ofEpoch epoch: Int, from step: Int) throws -> () throws -> Batch? {
    let batches = self.epoch(epoch, from: step)
    return { try batches.next() }
  }
}

/// Trains a network: batches in, better weights out.
///
/// Everything follows from settings, source and first weights, to the last bit for a given number of threads: a run that is
/// interrupted and resumed ends as one that was not.
public final class Trainer {
  /// What the trainer does at the end of an epoch, and now and then.
  public struct Hooks {
    /// Judges weights at the end of an epoch; nil if there is nothing to judge them by.
    public var evaluate: ([String: Tensor]) throws -> ModelScore? = { _ in nil }
    /// Is told of each step and epoch.
    public var log: (TrainingEvent) throws -> Void = { _ in }
    /// Keeps the weights of an epoch; told whether they are the best so far.
    public var keep: ([String: Tensor], _ isBest: Bool) throws -> Void = { _, _ in }
    /// Whether to stop after the step that is being done.
    public var shouldStop: () -> Bool = { false }

    /// Hooks that do nothing.
    public init() {}
  }

  /// How a run ended.
  public enum Ending: Sendable, Equatable {
    /// All epochs are done.
    case finished
    /// Nothing got better for as many epochs as the settings say.
    case stoppedEarly
    /// It was asked to stop, and can be resumed.
    case interrupted
  }

  /// The weights so far: parameters and running statistics, by path.
  public var weights: [String: Tensor] { state.weights }
  /// The weights to use: their averages, where they are averaged.
  public var evaluatedWeights: [String: Tensor] { state.evaluated }
  /// How many batches have been learned from.
  public var step: Int { state.step }
  /// The epoch that is next, or being done.
  public var epoch: Int { state.epoch }
  /// The epoch that did best so far; -1 if none did better than what training began with, nil if none is done.
  public var bestEpoch: Int? { state.best?.epoch }
  /// How many of its batches are done.
  public var batchesDone: Int { state.batch }

  /// Which settings differ from those of the checkpoint that training goes on from, as in `epochs 12 → 14`.
  public private(set) var differences: [String] = []

  private let network: Graph
  private let settings: TrainingSettings
  private let source: any BatchSource
  private let checkpoint: String?
  private var state: TrainerState
  /// Sessions by the shape of a batch and whether all but the last block is frozen.
  private var sessions: [String: TrainingSession] = [:]
  private let head: String
  private var lastSave = ContinuousClock.now
  /// How long training goes on before what it came to is saved, within an epoch.
  private static let saveInterval = Duration.seconds(60)

  /// A trainer of a classifier.
  ///
  /// - Parameters:
  ///   - network: In original form.
  ///   - weights: Its first weights, by path.
  ///   - startScore: What they are worth in validation, if they are to be the best until an epoch does better.
  ///   - checkpoint: Where the state of training is kept; nowhere if not given.
  ///   - resumes: Whether to go on from there.
  /// - Throws: ``TrainingError``, `GraphError` if the weights do not fit; what reading the checkpoint throws.
  public init(
    _ network: Graph, weights: [String: Tensor], startScore: ModelScore? = nil, settings: TrainingSettings,
    source: any BatchSource, checkpoint: String? = nil, resumes: Bool = false
  ) throws {
    try network.verify()
    try network.check(weights: weights)
    self.network = network
    self.settings = settings
    self.source = source
    self.checkpoint = checkpoint
    head = network.blocks().last?.path ?? ""
    var fresh = TrainerState(
      weights: weights, averages: [:], optimizer: Optimizer(settings.method, weightDecay: settings.weightDecay))
    fresh.best = startScore.map { ($0, -1) }
    state = fresh
    if resumes, let checkpoint {
      (state, differences) = try TrainingCheckpoint.read(checkpoint, settings: settings, like: fresh)
    }
  }

  /// Trains until the end, or until a hook says stop.
  ///
  /// - Throws: ``TrainingError/notFinite(step:place:)`` if a loss, a gradient or a weight is not finite, what the source and the hooks throw.
  public func run(_ hooks: Hooks = Hooks()) throws -> Ending {
    while state.epoch < settings.epochs {
      let start = ContinuousClock.now
      let next = try source.batches(ofEpoch: state.epoch, from: state.batch)
      var pending = Accumulation()
      while true {
        let began = ContinuousClock.now
        guard let batch = try next() else { break }
        try step(batch, &pending, began: began, hooks)
        let isWhole = pending.count == 0
        if isWhole, hooks.shouldStop() {
          try save()
          return .interrupted
        }
        if isWhole, ContinuousClock.now - lastSave > Self.saveInterval { try save() }
      }
      try finishEpoch(hooks, seconds: (ContinuousClock.now - start) / .seconds(1))
      if let patience = settings.patience, let best = state.best, state.epoch - 1 - best.epoch >= patience {
        return .stoppedEarly
      }
    }
    return .finished
  }

  /// Saves the state, if there is a place for it.
  ///
  /// - Throws: `FileError` if the disk is full, for example; then the last one that was saved stays.
  public func save() throws {
    try checkFinite()
    if let checkpoint { try TrainingCheckpoint.write(state, settings: settings, to: checkpoint) }
    lastSave = .now
  }

  /// Makes sure that neither a model nor a checkpoint is made of weights that training has lost.
  private func checkFinite() throws {
    if let path = state.evaluated.first(where: { $0.value.holdsNotFinite })?.key {
      throw TrainingError.notFinite(step: state.step, place: "the weight \(path)")
    }
  }

  /// Gradients of some batches, added up.
  private struct Accumulation {
    var count = 0
    var gradients: [Tensor] = []
  }

  private func step(
    _ batch: Batch, _ pending: inout Accumulation, began: ContinuousClock.Instant, _ hooks: Hooks
  ) throws {
    let session = try session(for: batch)
    let targets = batch.targets.smoothed(by: settings.labelSmoothing)
    let key = RandomKey(settings.seed).derived(UInt64(state.step))
    let result = try session.run([batch.clips], targets: targets, key: key, parameters: state.weights)
    guard result.loss.isFinite else {
      throw TrainingError.notFinite(
        step: state.step + 1,
        place: try NotFinite.place(session.form, [batch.clips, targets, key.tensor], state.weights))
    }
    pending.gradients = pending.count == 0 ? result.gradients : zip(pending.gradients, result.gradients).map(+)
    pending.count += 1
    state.batch += 1
    state.step += 1
    let isLast = state.batch == source.stepsPerEpoch
    // By epochs: steps were others where the size of batches has changed.
    let rate = settings.learningRate.rate(
      step: state.epoch * source.stepsPerEpoch + state.batch - 1, of: settings.epochs * source.stepsPerEpoch)
    if pending.count == settings.accumulation || isLast {
      try update(session, pending, rate: rate)
      pending = Accumulation()
    }
    state.follow(session.form.statistics, result.statistics, momentum: settings.statisticsMomentum)
    let correct = zip(result.logits.largest, batch.labels).count { $0 == $1 }
    state.lossSum += Double(result.loss) * Double(batch.labels.count)
    state.correct += correct
    state.clips += batch.labels.count
    let seconds = (ContinuousClock.now - began) / .seconds(1)
    try hooks.log(
      .step(
        TrainingStep(
          step: state.step, epoch: state.epoch, loss: Double(result.loss),
          accuracy: Double(correct) / Double(max(batch.labels.count, 1)), learningRate: rate,
          clipsPerSecond: Double(batch.labels.count) / max(seconds, 1e-9))))
  }

  private func update(_ session: TrainingSession, _ pending: Accumulation, rate: Double) throws {
    let norm = pending.gradients.norm / Double(pending.count)
    guard norm.isFinite else {
      let path = zip(session.form.trained, pending.gradients).first { ![$1].norm.isFinite }?.0 ?? ""
      throw TrainingError.notFinite(step: state.step, place: "the gradient of \(path)")
    }
    let shortening = settings.largestNorm.map { norm > $0 ? $0 / norm : 1 } ?? 1
    state.update(
      session.form.trained, pending.gradients, rate: rate, scale: Float(shortening / Double(pending.count)))
    if let decay = settings.averageDecay { state.average(session.form.trained, decay: decay) }
  }

  private func finishEpoch(_ hooks: Hooks, seconds: Double) throws {
    let clips = Double(max(state.clips, 1))
    let training = ModelScore(loss: state.lossSum / clips, accuracy: Double(state.correct) / clips)
    try checkFinite()
    let validation = try validation(hooks)
    let score = validation ?? training
    let isBest = state.best.map { score.isBetter(than: $0.score) } ?? true
    if isBest { state.best = (score, state.epoch) }
    try hooks.log(
      .epoch(
        TrainingEpoch(
          epoch: state.epoch, step: state.step, training: training, validation: validation, seconds: seconds)))
    state.epoch += 1
    state.batch = 0
    (state.lossSum, state.correct, state.clips) = (0, 0, 0)
    try hooks.keep(state.evaluated, isBest)
    try save()
  }

  private func validation(_ hooks: Hooks) throws -> ModelScore? {
    let score: ModelScore?
    do { score = try hooks.evaluate(state.evaluated) } catch TrainingError.scoresNotFinite {
      throw TrainingError.notFinite(step: state.step, place: "validation")
    }
    if let score, !score.loss.isFinite { throw TrainingError.notFinite(step: state.step, place: "validation") }
    return score
  }

  private func session(for batch: Batch) throws -> TrainingSession {
    let isFrozen = state.epoch < settings.frozenEpochs
    let key = "\(batch.clips.shape) \(isFrozen)"
    if let session = sessions[key] { return session }
    // One session's memory at a time is enough, but for the odd last batch of each epoch.
    sessions = sessions.filter { $0.key.hasSuffix("\(isFrozen)") }
    var options = TrainingGraph.Options()
    options.recomputesActivations = settings.recomputesActivations
    if isFrozen {
      let prefix = head + "."
      options.isFrozen = { !$0.hasPrefix(prefix) }
    }
    let session = try TrainingSession(
      network, inputShapes: [batch.clips.shape], options: options, threads: settings.threads)
    sessions[key] = session
    return session
  }
}

extension Tensor {
  /// The sum, element by element.
  fileprivate static func + (left: Tensor, right: Tensor) -> Tensor {
    var sum = left
    sum.withUnsafeMutableElements(as: Float.self) { sum in
      right.withUnsafeElements(as: Float.self) { right in for index in sum.indices { sum[index] += right[index] } }
    }
    return sum
  }

  /// `[N, classes]` of targets with a share of each spread evenly over all classes.
  fileprivate func smoothed(by share: Float) -> Tensor {
    guard share > 0, let classes = shape.last else { return self }
    return Tensor(elements(as: Float.self).map { $0 * (1 - share) + share / Float(classes) }, shape: shape)
  }

  /// The index of the largest number in each row of `[N, classes]`.
  fileprivate var largest: [Int] {
    let values: [Float] = elements()
    let classes = shape.last ?? 1
    return stride(from: 0, to: values.count, by: max(classes, 1)).map { first in
      (0..<classes).max { values[first + $0] < values[first + $1] } ?? 0
    }
  }
}
