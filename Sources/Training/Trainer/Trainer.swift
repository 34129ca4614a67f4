import IR
import Preprocessing
import Tensors

/// A source of batches, which are the same each time that an epoch is requested; of a run that ranks share, each rank's
/// source gives its part of each batch.
public protocol BatchSource: AnyObject {
  /// The number of batches in an epoch.
  var stepsPerEpoch: Int { get }
  /// Returns a function that gives the batches of an epoch, in order, and nil at its end.
  ///
  /// - Parameters:
  ///   - epoch: The epoch, counted from 0.
  ///   - step: The index of the first batch to give.
  func batches(ofEpoch epoch: Int, from step: Int) throws -> () throws -> Batch?
}

extension BatchLoader: BatchSource {
  /// Gives the batches of an epoch.
  public func batches(ofEpoch epoch: Int, from step: Int) throws -> () throws -> Batch? {
    let batches = self.epoch(epoch, from: step)
    return { try batches.next() }
  }
}

/// Trains a network on batches.
///
/// The result follows from settings, source and initial weights, to the last bit for a given number of threads: a run
/// that is interrupted and resumed ends with the same weights as one that was not.
///
/// Several ranks train the same network, each on its part of every batch. What follows is what one process would compute
/// of the whole batches but for rounding: gradients are summed over the ranks, and batch norms use the statistics of the
/// whole batch. Rank 0 alone reads and writes the checkpoint; all other ranks take the state from it.
public final class Trainer {
  /// Functions that the trainer calls at steps and at the end of an epoch.
  public struct Hooks {
    /// Evaluates weights at the end of an epoch; nil if there is nothing to evaluate on. All ranks call it with the same
    /// weights, and must return the same score.
    public var evaluate: ([String: Tensor]) throws -> ModelScore? = { _ in nil }
    /// Called with each step and epoch, on rank 0.
    public var log: (TrainingEvent) throws -> Void = { _ in }
    /// Saves the weights of an epoch, on rank 0; the flag is whether they are the best so far.
    public var keep: ([String: Tensor], _ isBest: Bool) throws -> Void = { _, _ in }
    /// Returns whether to stop after the current step; all ranks do if one of them is to.
    public var shouldStop: () -> Bool = { false }

    /// Creates hooks that do nothing.
    public init() {}
  }

  /// How a run ended.
  public enum Ending: Sendable, Equatable {
    /// All epochs are done.
    case finished
    /// The validation score did not improve for as many epochs as the settings allow.
    case stoppedEarly
    /// A hook stopped it; it can be resumed.
    case interrupted
  }

  /// The current weights: parameters and running statistics, by path.
  public var weights: [String: Tensor] { state.weights }
  /// The weights to use: their averages, if weights are averaged.
  public var evaluatedWeights: [String: Tensor] { state.evaluated }
  /// The number of batches trained on.
  public var step: Int { state.step }
  /// The current epoch, or the next one between epochs.
  public var epoch: Int { state.epoch }
  /// The best epoch so far; −1 if none was better than the initial weights, nil if none is done.
  public var bestEpoch: Int? { state.best?.epoch }
  /// The number of the epoch's batches that are done.
  public var batchesDone: Int { state.batch }

  /// The settings that differ from those of the checkpoint that was resumed, as in `epochs 12 → 14`.
  public private(set) var differences: [String] = []

  let network: Graph
  private let inputs: ClipInputs?
  let settings: TrainingSettings
  private let source: any BatchSource
  private let checkpoint: String?
  let exchange: RankExchange?
  var state: TrainerState
  /// The sessions, by the shape of a batch and whether all but the last block is frozen.
  private var sessions: [String: TrainingSession] = [:]
  private let head: String
  private var lastSave = ContinuousClock.now
  /// The longest time between two saves within an epoch.
  private static let saveInterval = Duration.seconds(60)

  /// Creates a trainer of a classifier.
  ///
  /// - Parameters:
  ///   - network: The network, in original form.
  ///   - weights: The initial weights, by path.
  ///   - inputs: How the network's inputs are made of a batch's clips; nil if the clips are the only input.
  ///   - startScore: The validation score of the initial weights, if they count as the best until an epoch is better;
  ///     nil if they do not.
  ///   - settings: How to train.
  ///   - source: The batches to train on.
  ///   - checkpoint: The file that the state of training is kept in; nil for none.
  ///   - resumes: Whether to resume from the checkpoint.
  ///   - ranks: The ranks that train together, of which this process is one; nil to train alone. All of them create their
  ///     trainers at the same time.
  /// - Throws: ``TrainingError``, `GraphError` if the weights do not fit; what reading the checkpoint throws;
  ///   ``RankError``.
  public init(
    _ network: Graph, weights: [String: Tensor], inputs: ClipInputs? = nil, startScore: ModelScore? = nil,
    settings: TrainingSettings, source: any BatchSource, checkpoint: String? = nil, resumes: Bool = false,
    ranks: (any RankGroup)? = nil
  ) throws {
    try network.verify()
    try network.check(weights: weights)
    self.network = network
    self.inputs = inputs
    self.settings = settings
    self.source = source
    self.checkpoint = ranks?.place.leads ?? true ? checkpoint : nil
    exchange = ranks.map { RankExchange($0) }
    head = network.blocks().last?.path ?? ""
    var fresh = TrainerState(
      weights: weights, averages: [:], optimizer: Optimizer(settings.method, weightDecay: settings.weightDecay))
    fresh.best = startScore.map { ($0, -1) }
    state = fresh
    if resumes, let checkpoint = self.checkpoint {
      (state, differences) = try TrainingCheckpoint.read(checkpoint, settings: settings, like: fresh)
    }
    try takeStateOfRankZero()
  }

  /// Trains until the end, or until a hook stops it.
  ///
  /// - Throws: ``TrainingError/notFinite(step:place:)`` if a loss, a gradient or a weight is not finite, what the source
  ///   and the hooks throw.
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
        if isWhole, try stops(hooks) {
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

  /// Saves the state, if there is a checkpoint file.
  ///
  /// - Throws: `FileError` if the disk is full, for example; then the last checkpoint stays.
  public func save() throws {
    try checkFinite()
    if let checkpoint { try TrainingCheckpoint.write(state, settings: settings, to: checkpoint) }
    lastSave = .now
  }

  /// Prevents that a model or a checkpoint is made of weights that are not finite.
  private func checkFinite() throws {
    if let path = state.evaluated.first(where: { $0.value.holdsNotFinite })?.key {
      throw TrainingError.notFinite(step: state.step, place: "the weight \(path)")
    }
  }

  /// The accumulated gradients of several batches.
  private struct Accumulation {
    var count = 0
    var gradients: [Tensor] = []
  }

  private func step(
    _ batch: Batch, _ pending: inout Accumulation, began: ContinuousClock.Instant, _ hooks: Hooks
  ) throws {
    let inputs = inputs?.tensors(of: batch.clips) ?? [batch.clips]
    let session = try session(for: inputs.map(\.shape), batch)
    let targets = batch.targets.smoothed(by: settings.labelSmoothing)
    let key = RandomKey(settings.seed).derived(UInt64(state.step))
    let result = try session.run(inputs, targets: targets, key: key, parameters: state.weights)
    let (loss, correct) = try whole(
      loss: Double(result.loss), correct: zip(result.logits.largest, batch.labels).count { $0 == $1 })
    guard loss.isFinite else {
      throw TrainingError.notFinite(
        step: state.step + 1, place: try placeNotFinite(session, inputs, targets: targets, key: key))
    }
    pending.gradients = pending.count == 0 ? result.gradients : zip(pending.gradients, result.gradients).map(+)
    pending.count += 1
    state.batch += 1
    state.step += 1
    let isLast = state.batch == source.stepsPerEpoch
    // By epochs, as the number of steps differs where the batch size has changed.
    let rate = settings.learningRate.rate(
      step: state.epoch * source.stepsPerEpoch + state.batch - 1, of: settings.epochs * source.stepsPerEpoch)
    if pending.count == settings.accumulation || isLast {
      try update(session, pending, rate: rate)
      pending = Accumulation()
    }
    state.follow(session.form.statistics, result.statistics, momentum: settings.statisticsMomentum)
    state.lossSum += loss * Double(batch.wholeSize)
    state.correct += correct
    state.clips += batch.wholeSize
    let seconds = (ContinuousClock.now - began) / .seconds(1)
    try log(
      .step(
        TrainingStep(
          step: state.step, epoch: state.epoch, loss: loss,
          accuracy: Double(correct) / Double(max(batch.wholeSize, 1)), learningRate: rate,
          clipsPerSecond: Double(batch.wholeSize) / max(seconds, 1e-9))), hooks)
  }

  private func log(_ event: TrainingEvent, _ hooks: Hooks) throws {
    if leads { try hooks.log(event) }
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
    try takeStateOfRankZero()
    let validation = try validation(hooks)
    let score = validation ?? training
    let isBest = state.best.map { score.isBetter(than: $0.score) } ?? true
    if isBest { state.best = (score, state.epoch) }
    try log(
      .epoch(
        TrainingEpoch(
          epoch: state.epoch, step: state.step, training: training, validation: validation, seconds: seconds)), hooks)
    state.epoch += 1
    state.batch = 0
    (state.lossSum, state.correct, state.clips) = (0, 0, 0)
    if leads { try hooks.keep(state.evaluated, isBest) }
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

  private func session(for shapes: [[Int]], _ batch: Batch) throws -> TrainingSession {
    let isFrozen = state.epoch < settings.frozenEpochs
    let key = "\(shapes) \(batch.rows) \(batch.wholeSize) \(isFrozen)"
    if let session = sessions[key] { return session }
    // One session's memory at a time is enough, except for the smaller last batch of each epoch.
    sessions = sessions.filter { $0.key.hasSuffix("\(isFrozen)") }
    var options = TrainingGraph.Options()
    options.recomputesActivations = settings.recomputesActivations
    options.part = exchange.map { .init(ranks: RankLink($0), rows: batch.rows, batchSize: batch.wholeSize) }
    if isFrozen {
      let prefix = head + "."
      options.isFrozen = { !$0.hasPrefix(prefix) }
    }
    let session = try TrainingSession(
      network, inputShapes: shapes, options: options, threads: settings.threads)
    sessions[key] = session
    return session
  }
}

extension Tensor {
  /// Returns the elementwise sum.
  fileprivate static func + (left: Tensor, right: Tensor) -> Tensor {
    var sum = left
    sum.withUnsafeMutableElements(as: Float.self) { sum in
      right.withUnsafeElements(as: Float.self) { right in for index in sum.indices { sum[index] += right[index] } }
    }
    return sum
  }

  /// Returns targets `[N, classes]` with a share of each spread evenly over all classes.
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
