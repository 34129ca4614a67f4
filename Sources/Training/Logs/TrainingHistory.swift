/// What a step of training was like.
public struct TrainingStep: Sendable, Hashable {
  /// How many steps were done, this one included.
  public var step: Int
  /// The epoch, from 0.
  public var epoch: Int
  /// The loss of its batch.
  public var loss: Double
  /// The share of its clips, 0 … 1, whose class got the highest score.
  public var accuracy: Double
  /// What gradients were multiplied by.
  public var learningRate: Double
  /// Clips learned from in a second.
  public var clipsPerSecond: Double

  /// A step.
  public init(step: Int, epoch: Int, loss: Double, accuracy: Double, learningRate: Double, clipsPerSecond: Double) {
    self.step = step
    self.epoch = epoch
    self.loss = loss
    self.accuracy = accuracy
    self.learningRate = learningRate
    self.clipsPerSecond = clipsPerSecond
  }
}

/// How good a model is on some videos.
public struct ModelScore: Sendable, Hashable {
  /// The mean loss.
  public var loss: Double
  /// The share, 0 … 1, whose class got the highest score.
  public var accuracy: Double
  /// The share whose class is among the five with the highest scores; nil where that was not counted.
  public var top5Accuracy: Double?

  /// A score.
  public init(loss: Double, accuracy: Double, top5Accuracy: Double? = nil) {
    self.loss = loss
    self.accuracy = accuracy
    self.top5Accuracy = top5Accuracy
  }

  /// Whether it is the one to prefer: by accuracy, and among equals by loss.
  public func isBetter(than other: ModelScore) -> Bool {
    accuracy != other.accuracy ? accuracy > other.accuracy : loss < other.loss
  }
}

/// What an epoch of training was like.
public struct TrainingEpoch: Sendable, Hashable {
  /// The epoch, from 0.
  public var epoch: Int
  /// How many steps were done at its end.
  public var step: Int
  /// Over its batches, while the model learned from them.
  public var training: ModelScore
  /// At its end, on videos that nothing is learned from; nil without such.
  public var validation: ModelScore?
  /// How long it took, in seconds.
  public var seconds: Double

  /// An epoch.
  public init(epoch: Int, step: Int, training: ModelScore, validation: ModelScore? = nil, seconds: Double) {
    self.epoch = epoch
    self.step = step
    self.training = training
    self.validation = validation
    self.seconds = seconds
  }
}

/// Something that happened in training.
public enum TrainingEvent: Sendable, Hashable {
  /// A step was done.
  case step(TrainingStep)
  /// An epoch was done.
  case epoch(TrainingEpoch)
  /// Something to read, such as the settings, under a name.
  case text(name: String, String, step: Int)

  /// How many steps were done when it happened.
  public var step: Int {
    switch self {
    case .step(let record): record.step
    case .epoch(let record): record.step
    case .text(_, _, let step): step
    }
  }
}

/// Keeps what happens in training, so that it can be looked at later.
public protocol TrainingLog: AnyObject {
  /// Takes an event down, for good.
  ///
  /// - Throws: `FileError` if the disk is full, for example.
  func write(_ event: TrainingEvent) throws
}

/// All steps and epochs of a training.
public struct TrainingHistory: Sendable, Hashable {
  /// The steps, in order.
  public private(set) var steps: [TrainingStep] = []
  /// The epochs, in order.
  public private(set) var epochs: [TrainingEpoch] = []

  /// Nothing yet.
  public init() {}

  /// What some events tell.
  public init(_ events: some Sequence<TrainingEvent>) {
    for event in events { add(event) }
  }

  /// Takes up an event. A step that was done before gives way, with all after it: training went on from a checkpoint.
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

  /// The epoch that did best in validation, the first one of equals; nil without any.
  public var best: TrainingEpoch? {
    epochs.reduce(nil) { best, epoch in
      guard let score = epoch.validation else { return best }
      return best?.validation.map { score.isBetter(than: $0) } ?? true ? epoch : best
    }
  }
}
