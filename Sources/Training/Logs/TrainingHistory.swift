/// The metrics of one training step.
public struct TrainingStep: Sendable, Hashable {
  /// The number of steps that were done, including this one.
  public var step: Int
  /// The epoch, counted from 0.
  public var epoch: Int
  /// The loss of the step's batch.
  public var loss: Double
  /// The top-1 accuracy on the batch, 0...1.
  public var accuracy: Double
  /// The learning rate of the step.
  public var learningRate: Double
  /// The number of clips trained on per second.
  public var clipsPerSecond: Double

  /// Creates the metrics of a step.
  public init(step: Int, epoch: Int, loss: Double, accuracy: Double, learningRate: Double, clipsPerSecond: Double) {
    self.step = step
    self.epoch = epoch
    self.loss = loss
    self.accuracy = accuracy
    self.learningRate = learningRate
    self.clipsPerSecond = clipsPerSecond
  }
}

/// The loss and accuracy of a model on some videos.
public struct ModelScore: Sendable, Hashable {
  /// The mean loss.
  public var loss: Double
  /// The top-1 accuracy, 0...1.
  public var accuracy: Double
  /// The top-5 accuracy, 0...1; nil if it was not computed.
  public var top5Accuracy: Double?

  /// Creates a score.
  public init(loss: Double, accuracy: Double, top5Accuracy: Double? = nil) {
    self.loss = loss
    self.accuracy = accuracy
    self.top5Accuracy = top5Accuracy
  }

  /// Returns whether this score is better: by accuracy, and among equals by loss.
  public func isBetter(than other: ModelScore) -> Bool {
    accuracy != other.accuracy ? accuracy > other.accuracy : loss < other.loss
  }
}

/// The metrics of one training epoch.
public struct TrainingEpoch: Sendable, Hashable {
  /// The epoch, counted from 0.
  public var epoch: Int
  /// The number of steps that were done at its end.
  public var step: Int
  /// The score on its batches while the model was trained on them.
  public var training: ModelScore
  /// The score at its end on videos that are not trained on; nil without any.
  public var validation: ModelScore?
  /// The duration of the epoch in seconds.
  public var seconds: Double

  /// Creates the metrics of an epoch.
  public init(epoch: Int, step: Int, training: ModelScore, validation: ModelScore? = nil, seconds: Double) {
    self.epoch = epoch
    self.step = step
    self.training = training
    self.validation = validation
    self.seconds = seconds
  }
}

/// An event in a training run.
public enum TrainingEvent: Sendable, Hashable {
  /// A step that was done.
  case step(TrainingStep)
  /// An epoch that was done.
  case epoch(TrainingEpoch)
  /// A text under a name, such as the settings.
  case text(name: String, String, step: Int)

  /// The number of steps that were done when it happened.
  public var step: Int {
    switch self {
    case .step(let record): record.step
    case .epoch(let record): record.step
    case .text(_, _, let step): step
    }
  }
}

/// Records the events of a training run.
public protocol TrainingLog: AnyObject {
  /// Records an event durably.
  ///
  /// - Throws: `FileError` if the disk is full, for example.
  func write(_ event: TrainingEvent) throws
}

/// All steps and epochs of a training run.
public struct TrainingHistory: Sendable, Hashable {
  /// The steps, in order.
  public private(set) var steps: [TrainingStep] = []
  /// The epochs, in order.
  public private(set) var epochs: [TrainingEpoch] = []

  /// Creates an empty history.
  public init() {}

  /// Creates the history that some events tell.
  public init(_ events: some Sequence<TrainingEvent>) {
    for event in events { add(event) }
  }

  /// Adds an event. An earlier step with the same number is removed, with everything after it: training resumed from a
  /// checkpoint.
  public mutating func add(_ event: TrainingEvent) {
    switch event {
    case .step(let record):
      while let last = steps.last, last.step >= record.step { steps.removeLast() }
      steps.append(record)
    case .epoch(let record):
      while let last = epochs.last, last.epoch >= record.epoch { epochs.removeLast() }
      epochs.append(record)
    case .text: break
    }
  }

  /// The epoch with the best validation score, the first of equals; nil without any.
  public var best: TrainingEpoch? {
    epochs.reduce(nil) { best, epoch in
      guard let score = epoch.validation else { return best }
      return best?.validation.map { score.isBetter(than: $0) } ?? true ? epoch : best
    }
  }
}
