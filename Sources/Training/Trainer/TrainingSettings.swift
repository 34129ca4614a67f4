/// How a model is trained.
public struct TrainingSettings: Sendable, Hashable {
  /// How often all videos are learned from.
  public var epochs = 20
  /// Clips in a batch.
  public var batchSize = 8
  /// Over how many batches gradients are averaged before weights move.
  public var accumulation = 1
  /// The rule by which weights move.
  public var method = Optimizer.Method.adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
  /// How much of each weight goes away in a step, times the learning rate; norms and biases keep theirs.
  public var weightDecay: Float = 0.05
  /// The learning rate over the run.
  public var learningRate = LearningRate(peak: 1e-3)
  /// The largest norm of all gradients together; larger ones are shortened to it. Nil: as they are.
  public var largestNorm: Double? = 5
  /// How much of 1 the other classes get of each target (Szegedy et al. 2016).
  public var labelSmoothing: Float = 0.1
  /// How much of the average of weights a step keeps, which is what is evaluated and kept; nil: no average.
  public var averageDecay: Double?
  /// For how many of the first epochs all but the last block stays as it is.
  public var frozenEpochs = 0
  /// How much of running statistics a step replaces by the batch's.
  public var statisticsMomentum: Float = 0.1
  /// After how many epochs without a better validation training ends; nil: never before its time.
  public var patience: Int?
  /// What everything random follows from.
  public var seed: UInt64 = 0
  /// How many threads compute.
  public var threads = 1
  /// Whether activations are computed a second time in each step, which takes longer and a quarter of the memory.
  public var recomputesActivations = false
  /// What else the numbers follow from, such as the videos and how clips are varied, in words.
  public var data = ""

  /// The defaults, for fine-tuning.
  public init() {}

  /// All that the numbers of a run follow from, by name, as a checkpoint keeps it.
  var named: [(name: String, value: String)] {
    let method =
      switch method {
      case .adamW(let beta1, let beta2, let epsilon): "adamw (\(beta1), \(beta2), \(epsilon))"
      case .sgd(let momentum, let isNesterov): "sgd (momentum \(momentum)\(isNesterov ? ", Nesterov" : ""))"
      }
    let optional = { (value: Double?) in value.map { "\($0)" } ?? "none" }
    return [
      (Self.epochsName, "\(epochs)"), (Self.batchSizeName, "\(batchSize)"), (Self.accumulationName, "\(accumulation)"),
      ("optimizer", method), ("weight decay", "\(weightDecay)"), ("learning rate", "\(learningRate.peak)"),
      ("warm-up", "\(learningRate.warmUp)"), ("decay", "\(learningRate.decay)"),
      ("largest gradient norm", optional(largestNorm)), ("label smoothing", "\(labelSmoothing)"),
      ("average of weights", optional(averageDecay)), (Self.frozenEpochsName, "\(frozenEpochs)"),
      ("statistics momentum", "\(statisticsMomentum)"), ("random seed", "\(seed)"), ("data", data),
    ]
  }

  static let (epochsName, batchSizeName) = ("epochs", "batch size")
  static let (accumulationName, frozenEpochsName) = ("batches per step", "frozen epochs")
}
